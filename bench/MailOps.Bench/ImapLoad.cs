using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace MailOps.Bench;

/// <summary>What many IMAP clients do at once. The accounts are <c>c0@example.com</c>, <c>c1@example.com</c> and so on, with the password <c>secret</c>.</summary>
internal static class ImapLoad
{
    // So much goes out before the first answer is read.
    private const int Pipelined = 20;

    private const string Message = "From: a@example.org\r\nTo: b@example.com\r\nSubject: a message of the load\r\n\r\nThe quick brown fox jumps over the lazy dog.\r\n";

    /// <summary>Runs clients for some seconds and prints what they did in one, all together.</summary>
    /// <param name="mode"><c>logins</c>: connect, LOGIN, SELECT, one FETCH, LOGOUT; <c>mixed</c>: sessions that stay, with STORE, FETCH, SEARCH and APPEND.</param>
    /// <param name="port">The port.</param>
    /// <param name="clients">How many clients.</param>
    /// <param name="seconds">How long.</param>
    public static async Task<int> RunAsync(string mode, int port, int clients, int seconds)
    {
        using var end = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        var watch = Stopwatch.StartNew();
        var done = await Task.WhenAll(Enumerable.Range(0, clients).Select(client => Task.Run(() => mode == "logins" ? LoginsAsync(port, client, end.Token) : MixedAsync(port, client, end.Token))));
        Console.WriteLine((done.Sum() / watch.Elapsed.TotalSeconds).ToString("F1", CultureInfo.InvariantCulture));
        return 0;
    }

    /// <summary>Appends messages to a new mailbox of the first account and prints the messages of a second.</summary>
    /// <param name="port">The port.</param>
    /// <param name="count">How many messages.</param>
    /// <param name="length">Octets of each.</param>
    /// <param name="together">True for one APPEND with all of them (RFC 3502).</param>
    public static async Task<int> AppendAsync(int port, int count, int length, bool together)
    {
        using var client = await LogInAsync(port, 0);
        var mailbox = "load" + Guid.NewGuid().ToString("N");
        await client.RunAsync("b", $"CREATE {mailbox}");
        var text = new StringBuilder(Message, length);
        while (text.Length < length - 2)
            text.Append("The quick brown fox jumps over the lazy dog and on to the next line.\r\n");
        text.Length = length - 2;
        var octets = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $" {{{length}+}}\r\n{text}\r\n"));
        var watch = Stopwatch.StartNew();
        for (var i = 0; i < count; i++)
        {
            if (i == 0 || !together)
                await client.SendAsync(Encoding.ASCII.GetBytes($"c APPEND {mailbox}"));
            await client.SendAsync(octets);
            if (together && i < count - 1)
                continue;
            await client.SendAsync("\r\n"u8.ToArray());
            await client.ReadToAsync("c");
        }

        Console.WriteLine((count / watch.Elapsed.TotalSeconds).ToString("F1", CultureInfo.InvariantCulture));
        await client.RunAsync("d", $"DELETE {mailbox}");
        return 0;
    }

    /// <summary>Opens clients in IDLE, a hundred for each account, says so, and for each line of input appends one message to each account and prints the milliseconds until the last client was told.</summary>
    public static async Task<int> IdleAsync(int port, int clients)
    {
        const int each = 100;
        var idle = new List<LoadClient>(clients);
        for (var i = 0; i < clients; i += each)
        {
            var account = i / each;
            idle.AddRange(await Task.WhenAll(Enumerable.Range(0, Math.Min(each, clients - i)).Select(async _ =>
            {
                var client = await LogInAsync(port, account);
                await client.RunAsync("b", "SELECT INBOX");
                await client.SendAsync("c IDLE\r\n"u8.ToArray());
                await client.ReadToAsync("+");
                return client;
            })));
        }

        Console.WriteLine("open");
        using var sender = await LogInAsync(port, 0);
        var senders = await Task.WhenAll(Enumerable.Range(0, clients / each).Select(account => LogInAsync(port, account)));
        while (await Console.In.ReadLineAsync() is { Length: > 0 })
        {
            var told = Task.WhenAll(idle.Select(client => client.ReadToExistsAsync()));
            var began = Stopwatch.GetTimestamp();
            await Task.WhenAll(senders.Select(one => one.RunAsync("d", $"APPEND INBOX {{{Message.Length}+}}\r\n{Message}")));
            await told;
            Console.WriteLine(Stopwatch.GetElapsedTime(began).TotalMilliseconds.ToString("0.00", CultureInfo.InvariantCulture));
        }

        foreach (var client in idle.Concat(senders))
            client.Dispose();
        return 0;
    }

    private static async Task<LoadClient> LogInAsync(int port, int account)
    {
        var client = await LoadClient.ConnectAsync(port);
        await client.RunAsync("a", $"LOGIN c{account}@example.com secret");
        return client;
    }

    private static async Task<int> LoginsAsync(int port, int account, CancellationToken end)
    {
        var logins = 0;
        for (; !end.IsCancellationRequested; logins++)
        {
            using var client = await LogInAsync(port, account);
            await client.RunAsync("b", "SELECT INBOX");
            await client.RunAsync("c", "FETCH 50 (UID FLAGS BODY.PEEK[])");
            await client.RunAsync("d", "LOGOUT");
        }

        return logins;
    }

    private static async Task<int> MixedAsync(int port, int account, CancellationToken end)
    {
        using var client = await LogInAsync(port, account);
        await client.RunAsync("b", "SELECT INBOX");
        var commands = 0;
        var batch = new StringBuilder();
        for (var round = 0; !end.IsCancellationRequested; round++)
        {
            batch.Clear();
            for (var i = 0; i < Pipelined; i++)
            {
                var number = (round * 7 + i * 3) % 100 + 1;
                var command = (i % 10) switch
                {
                    0 or 5 => $"STORE {number} +FLAGS (\\Flagged)",
                    1 or 6 => $"STORE {number} -FLAGS (\\Flagged)",
                    2 => $"FETCH {number} (UID FLAGS ENVELOPE)",
                    3 => $"FETCH {number} BODY.PEEK[]",
                    4 => "FETCH 1:20 (UID FLAGS)",
                    7 => "SEARCH UNSEEN",
                    8 => "SEARCH SUBJECT \"number 7\"",
                    _ => i == 9 ? $"APPEND Sent {{{Message.Length}+}}\r\n{Message}" : "NOOP",
                };
                batch.Append(CultureInfo.InvariantCulture, $"x{i} {command}\r\n");
            }

            await client.SendAsync(Encoding.ASCII.GetBytes(batch.ToString()));
            // In the order of the server: commands that do not touch each other may be answered out of turn (RFC 3501 section 5.5).
            for (var i = 0; i < Pipelined; i++)
                await client.ReadToAnyAsync('x');
            commands += Pipelined;
        }

        return commands;
    }
}
