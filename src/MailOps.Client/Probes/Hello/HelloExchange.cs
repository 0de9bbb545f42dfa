using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using MailOps.Wire;

namespace MailOps.Client.Probes.Hello;

/// <summary>Sends a ClientHello and reads the server's first flight, record by record, within bounds.</summary>
internal static class HelloExchange
{
    // A first flight with an over-long chain has some 20 KiB; nothing sensible has more than this.
    private const int MaxFlight = 256 * 1024;
    private const int MaxRecord = 16 * 1024 + 2048;

    /// <summary>Asks. Only a cancelled <paramref name="cancel"/> throws; <paramref name="timedOut"/> ends the wait with a value.</summary>
    public static async Task<HelloAnswer> AskAsync(DuplexConnection connection, HelloVersion version, string? serverName, CancellationToken timedOut, CancellationToken cancel)
    {
        HelloAnswer? hello = null;
        try
        {
            await connection.Output.WriteAsync(ClientHello.Create(version, serverName), timedOut).ConfigureAwait(false);
            var flight = new List<byte>();
            for (var total = 0; total < MaxFlight;)
            {
                var (type, body, problem) = await ReadRecordAsync(connection.Input, timedOut).ConfigureAwait(false);
                if (problem is not null)
                    return hello ?? problem;
                if (type == 21)
                    return hello ?? Alert(body);
                if (type != 22)
                    return hello ?? new HelloAnswer(HelloAnswerKind.NotTls, string.Create(CultureInfo.InvariantCulture, $"a record of type {type} instead of a handshake"));

                total += body.Length + 5;
                flight.AddRange(body);
                while (TakeMessage(flight, out var kind, out var message))
                {
                    (hello, var done) = Read(hello, kind, message);
                    if (done)
                        return hello;
                }
            }

            return hello ?? new HelloAnswer(HelloAnswerKind.NotTls, string.Create(CultureInfo.InvariantCulture, $"more than {MaxFlight} octets without a ServerHello"));
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return hello ?? new HelloAnswer(HelloAnswerKind.TimedOut, "no answer in time");
        }
        catch (Exception e) when (e is IOException or System.Net.Sockets.SocketException)
        {
            return hello ?? new HelloAnswer(HelloAnswerKind.Closed, "the connection was reset");
        }
    }

    private static (HelloAnswer Hello, bool Done) Read(HelloAnswer? hello, byte kind, byte[] message)
    {
        var reader = new HandshakeReader(message);
        switch (kind)
        {
            case 2 when hello is null:
                if (!reader.TryServerHello(out var answer))
                    return (new HelloAnswer(HelloAnswerKind.NotTls, "a ServerHello that cannot be read"), true);
                // From here on TLS 1.3 is encrypted.
                return (answer, answer.Version == (ushort)HelloVersion.Tls13 || answer.Kind == HelloAnswerKind.HelloRetryRequest);
            case 11 when hello is not null:
                return (reader.TryCertificates(out var certificates) ? hello with { Certificates = certificates } : hello, false);
            case 12 when hello is not null:
                return (reader.WithKeyExchange(hello), false);
            case 14 when hello is not null:
                return (hello, true);
            default:
                return hello is not null
                    ? (hello, false)
                    : (new HelloAnswer(HelloAnswerKind.NotTls, string.Create(CultureInfo.InvariantCulture, $"a handshake message of type {kind} instead of a ServerHello")), true);
        }
    }

    private static HelloAnswer Alert(byte[] body) => body.Length == 2
        ? new HelloAnswer(HelloAnswerKind.Alert, string.Create(CultureInfo.InvariantCulture, $"alert {TlsNames.Alert(body[1])} ({body[1]})")) { Alert = body[1] }
        : new HelloAnswer(HelloAnswerKind.NotTls, string.Create(CultureInfo.InvariantCulture, $"an alert of {body.Length} octets"));

    private static bool TakeMessage(List<byte> flight, out byte kind, out byte[] message)
    {
        (kind, message) = (0, []);
        if (flight.Count < 4)
            return false;
        var length = flight[1] << 16 | flight[2] << 8 | flight[3];
        if (flight.Count < 4 + length)
            return false;
        kind = flight[0];
        message = [.. flight.GetRange(4, length)];
        flight.RemoveRange(0, 4 + length);
        return true;
    }

    private static async ValueTask<(byte Type, byte[] Body, HelloAnswer? Problem)> ReadRecordAsync(PipeReader input, CancellationToken cancel)
    {
        var read = await input.ReadAtLeastAsync(5, cancel).ConfigureAwait(false);
        if (read.Buffer.Length < 5)
        {
            var problem = read.Buffer.IsEmpty
                ? new HelloAnswer(HelloAnswerKind.Closed, "the server closed the connection")
                : new HelloAnswer(HelloAnswerKind.NotTls, $"{Printable(read.Buffer)} and then the end");
            input.AdvanceTo(read.Buffer.End);
            return (0, [], problem);
        }

        var header = read.Buffer.Slice(0, 5).ToArray();
        var length = header[3] << 8 | header[4];
        if (header[0] is < 20 or > 24 || header[1] != 3 || length > MaxRecord || length == 0)
        {
            var seen = Printable(read.Buffer);
            input.AdvanceTo(read.Buffer.End);
            return (0, [], new HelloAnswer(HelloAnswerKind.NotTls, $"{seen}, which is not TLS"));
        }

        input.AdvanceTo(read.Buffer.GetPosition(5));
        read = await input.ReadAtLeastAsync(length, cancel).ConfigureAwait(false);
        if (read.Buffer.Length < length)
        {
            input.AdvanceTo(read.Buffer.End);
            return (0, [], new HelloAnswer(HelloAnswerKind.Closed, "the server closed the connection inside a record"));
        }

        var body = read.Buffer.Slice(0, length).ToArray();
        input.AdvanceTo(read.Buffer.GetPosition(length));
        return (header[0], body, null);
    }

    private static string Printable(ReadOnlySequence<byte> octets)
    {
        var start = octets.Slice(0, Math.Min(60, octets.Length)).ToArray();
        return Array.TrueForAll(start, b => b is >= 0x20 and < 0x7F or (byte)'\r' or (byte)'\n' or (byte)'\t')
            ? $"the text '{System.Text.Encoding.ASCII.GetString(start).Trim()}'"
            : $"the octets {Convert.ToHexString(start.AsSpan(0, Math.Min(16, start.Length)))}";
    }
}
