using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace MailOps.Bench;

/// <summary>A client that reads messages as fast as it can and looks at nothing but their ends.</summary>
internal sealed class Reader : IDisposable
{
    // What one command asks of all messages.
    private static readonly Dictionary<string, string> Commands = new(StringComparer.Ordinal)
    {
        ["imap-select"] = "SELECT INBOX",
        ["imap-flags"] = "FETCH 1:* FLAGS",
        ["imap-range"] = "FETCH 1:* BODY.PEEK[]",
        ["imap-envelopes"] = "FETCH 1:* ENVELOPE",
        ["imap-structures"] = "FETCH 1:* BODYSTRUCTURE",
        ["imap-sort-arrival"] = "SORT (ARRIVAL) UTF-8 ALL",
        ["imap-sort-subject"] = "SORT (SUBJECT) UTF-8 ALL",
        ["imap-thread"] = "THREAD REFERENCES UTF-8 ALL",
        ["imap-body"] = "SEARCH BODY \"nowhere to be found\"",
        ["imap-subject"] = "SEARCH SUBJECT \"nowhere to be found\"",
    };

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _buffer = new byte[256 * 1024];
    private int _start;
    private int _end;

    /// <summary>Reads in one session after the other for so many seconds, at least once, and prints the rate of the last.</summary>
    public static async Task<int> RunAsync(string mode, int port, string user, int count, int seconds)
    {
        var all = Stopwatch.StartNew();
        double rate;
        do
        {
            using var reader = new Reader();
            await reader._socket.ConnectAsync(IPAddress.Loopback, port);
            await reader.LineAsync();
            var watch = mode.StartsWith("pop3", StringComparison.Ordinal)
                ? await reader.Pop3Async(user, count, pipelined: mode == "pop3-pipelined")
                : await reader.ImapAsync(user, count, Commands.GetValueOrDefault(mode));
            rate = count / watch.Elapsed.TotalSeconds;
        }
        while (all.Elapsed.TotalSeconds < seconds);
        Console.WriteLine(rate.ToString("F1", CultureInfo.InvariantCulture));
        return 0;
    }

    public void Dispose() => _socket.Dispose();

    private async Task<Stopwatch> Pop3Async(string user, int count, bool pipelined)
    {
        await SendAsync($"USER {user}\r\n");
        await LineAsync();
        await SendAsync("PASS secret\r\n");
        Expect(await LineAsync(), "+OK");
        var watch = Stopwatch.StartNew();
        if (pipelined)
            await SendAsync(string.Concat(Enumerable.Range(1, count).Select(number => $"RETR {number}\r\n")));
        for (var number = 1; number <= count; number++)
        {
            if (!pipelined)
                await SendAsync($"RETR {number}\r\n");
            Expect(await LineAsync(), "+OK");
            await BodyAsync();
        }

        watch.Stop();
        await SendAsync("QUIT\r\n");
        Expect(await LineAsync(), "+OK");
        return watch;
    }

    private async Task<Stopwatch> ImapAsync(string user, int count, string? command)
    {
        await SendAsync($"a LOGIN {user} secret\r\n");
        await TaggedAsync("a");
        if (command?.StartsWith("SELECT", StringComparison.Ordinal) != true)
        {
            await SendAsync("b SELECT INBOX\r\n");
            await TaggedAsync("b");
        }

        var watch = Stopwatch.StartNew();
        if (command is not null)
        {
            await SendAsync($"c {command}\r\n");
            await TaggedAsync("c");
        }
        else
        {
            for (var number = 1; number <= count; number++)
            {
                await SendAsync($"c FETCH {number} BODY.PEEK[]\r\n");
                await TaggedAsync("c");
            }
        }

        watch.Stop();
        await SendAsync("d LOGOUT\r\n");
        return watch;
    }

    /// <summary>Reads to a tagged OK, literals by their size.</summary>
    private async Task TaggedAsync(string tag)
    {
        while (true)
        {
            var line = await LineAsync();
            if (line.StartsWith(tag + " ", StringComparison.Ordinal))
            {
                Expect(line, tag + " OK");
                return;
            }

            if (line.EndsWith('}'))
                await SkipAsync(int.Parse(line.AsSpan(line.LastIndexOf('{') + 1).TrimEnd('}'), CultureInfo.InvariantCulture));
        }
    }

    private static void Expect(string line, string start)
    {
        if (!line.StartsWith(start, StringComparison.Ordinal))
            throw new InvalidOperationException($"Expected '{start}', got '{line}'.");
    }

    private async Task SendAsync(string text)
    {
        // Sent beside the reading: a peer that answers as it reads must not wait for us to be done.
        await _socket.SendAsync(Encoding.ASCII.GetBytes(text));
    }

    private async ValueTask<string> LineAsync()
    {
        while (true)
        {
            var length = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
            if (length >= 0)
            {
                // Long lines of a body are not looked at: no text is made of them.
                var line = length <= 4096 ? Encoding.ASCII.GetString(_buffer, _start, length).TrimEnd('\r') : "";
                _start += length + 1;
                return line;
            }

            // Of a line without end, as of a sort, what was read is let go.
            if (_start == 0 && _end == _buffer.Length)
                _end = 0;
            await FillAsync();
        }
    }

    /// <summary>Reads to the line of a single dot.</summary>
    private async ValueTask BodyAsync()
    {
        while (true)
        {
            var end = _buffer.AsSpan(_start, _end - _start).IndexOf("\r\n.\r\n"u8);
            if (end >= 0)
            {
                _start += end + 5;
                return;
            }

            // The end may be there in part.
            _start = Math.Max(_start, _end - 4);
            await FillAsync();
        }
    }

    private async ValueTask SkipAsync(int octets)
    {
        while (octets > _end - _start)
        {
            octets -= _end - _start;
            _start = _end = 0;
            await FillAsync();
        }

        _start += octets;
    }

    private async ValueTask FillAsync()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }

        var read = await _socket.ReceiveAsync(_buffer.AsMemory(_end));
        if (read == 0)
            throw new InvalidOperationException("The server closed the connection.");
        _end += read;
    }
}
