/** Where the processes of one server report to: each connects when it starts, and answers when asked. */
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createInterface, type Interface } from 'node:readline';
import type { ProcessReport, ReportQuestion } from './process-report.ts';

export class ReportChannel {
  readonly #server: Server;
  readonly #reporters = new Map<Socket, Interface>();

  private constructor(server: Server) {
    this.#server = server;
    server.on('connection', (socket) => {
      socket.on('error', () => undefined);
      socket.once('close', () => this.#reporters.delete(socket));
      this.#reporters.set(socket, createInterface({ input: socket }));
    });
  }

  static async open(): Promise<ReportChannel> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new ReportChannel(server);
  }

  get port(): number {
    // A listening TCP server has an AddressInfo.
    return (this.#server.address() as AddressInfo).port;
  }

  /** The sum over all processes; throws when there are not as many as there should be. */
  async ask(question: ReportQuestion, processes: number): Promise<ProcessReport> {
    if (this.#reporters.size !== processes) {
      throw new Error(`a server has ${this.#reporters.size} processes, not ${processes}`);
    }
    const reports = await Promise.all(
      [...this.#reporters].map(([socket, lines]) => askOne(socket, lines, question)),
    );
    const sum = (pick: (report: ProcessReport) => number) =>
      reports.reduce((total, report) => total + pick(report), 0);
    return {
      cpuMicros: sum(({ cpuMicros }) => cpuMicros),
      residentBytes: sum(({ residentBytes }) => residentBytes),
      heapBytes: sum(({ heapBytes }) => heapBytes),
      bufferBytes: sum(({ bufferBytes }) => bufferBytes),
      clientsRead: sum(({ clientsRead }) => clientsRead),
    };
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#reporters.keys()) socket.destroy();
  }
}

function askOne(
  socket: Socket,
  lines: Interface,
  question: ReportQuestion,
): Promise<ProcessReport> {
  return new Promise((resolve, reject) => {
    const onClose = () => reject(new Error('a process of a server ended before it could report'));
    lines.once('close', onClose);
    lines.once('line', (line) => {
      lines.off('close', onClose);
      // Written by process-report.ts.
      resolve(JSON.parse(line) as ProcessReport);
    });
    socket.write(`${question}\n`);
  });
}
