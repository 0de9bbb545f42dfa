using System.Text;

namespace MailOps.Bench;

/// <summary>The clients of a soak that break the protocols, each in a way of its own. What the server answers is not looked at.</summary>
internal sealed class SoakAttackers(SoakPorts ports, SoakLedger ledger)
{
    private const int Kinds = 12;

    /// <summary>One attack that the dice choose; it ends when the server closes, or after a time.</summary>
    internal async Task RunAsync(Random dice, CancellationToken stop)
    {
        var kind = dice.Next(Kinds);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stop);
        patience.CancelAfter(TimeSpan.FromSeconds(dice.Next(2, 40)));
        var port = dice.Next(4) switch { 0 => ports.Smtp, 1 => ports.Lmtp, 2 => ports.Pop3, _ => ports.Imap };
        using var wire = await SoakWire.OpenAsync(kind switch { 3 or 4 or 6 or 7 or 8 or 9 => ports.Smtp, 10 => ports.Imap, 11 => ports.Pop3, _ => port }, dice, stop);
        try
        {
            await AttackAsync(kind, wire, dice, patience.Token);
            if (dice.Next(2) == 0)
                await wire.DrainAsync().WaitAsync(patience.Token);
            ledger.Count($"hostile: kind {kind}, ended");
        }
        catch (Exception broken) when (broken is IOException or OperationCanceledException or System.Security.Authentication.AuthenticationException)
        {
            stop.ThrowIfCancellationRequested();
            ledger.Count($"hostile: kind {kind}, cut");
        }

        if (dice.Next(3) == 0)
            wire.Abort();
    }

    private static async Task AttackAsync(int kind, SoakWire wire, Random dice, CancellationToken patience)
    {
        switch (kind)
        {
            case 0: // says nothing
                await Task.Delay(-1, patience);
                break;
            case 1: // a line without an end
                var part = Encoding.Latin1.GetBytes(new string('A', 16_384));
                for (var i = 0; i < 100; i++)
                    await wire.SendAsync(part).AsTask().WaitAsync(patience);
                break;
            case 2: // an octet now and then
                foreach (var octet in "EHLO drip.example\r\nCAPA\r\na CAPABILITY\r\n")
                {
                    await wire.SendAsync(octet.ToString());
                    await Task.Delay(1000, patience);
                }

                break;
            case 3: // failed logins
                await wire.ReplyAsync().WaitAsync(patience);
                await wire.AskAsync("EHLO a.example", "250").WaitAsync(patience);
                for (var i = 0; i < 8; i++)
                {
                    await wire.SendAsync($"AUTH PLAIN {Convert.ToBase64String(Encoding.Latin1.GetBytes($"\0victim@example.com\0wrong{i}"))}\r\n");
                    await wire.ReplyAsync().WaitAsync(patience);
                }

                break;
            case 4: // dies inside DATA
                await wire.ReplyAsync().WaitAsync(patience);
                await wire.AskAsync("EHLO a.example", "250").WaitAsync(patience);
                await wire.SendAsync("MAIL FROM:<a@example.org>\r\nRCPT TO:<user0@example.com>\r\nDATA\r\n");
                await wire.ReplyAsync().WaitAsync(patience);
                await wire.SendAsync(new string('d', dice.Next(600_000)));
                wire.Abort();
                break;
            case 5: // garbage
                var garbage = new byte[dice.Next(1, 20_000)];
                dice.NextBytes(garbage);
                await wire.SendAsync(garbage).AsTask().WaitAsync(patience);
                break;
            case 6: // garbage for TLS
                await wire.ReplyAsync().WaitAsync(patience);
                await wire.AskAsync("EHLO a.example", "250").WaitAsync(patience);
                await wire.AskAsync("STARTTLS", "220").WaitAsync(patience);
                await wire.SendAsync("\u0016\u0003\u0001\u0040\u0000" + new string('z', 200));
                break;
            case 7: // commands behind STARTTLS
                await wire.ReplyAsync().WaitAsync(patience);
                await wire.AskAsync("EHLO a.example", "250").WaitAsync(patience);
                await wire.SendAsync("STARTTLS\r\nRSET\r\nMAIL FROM:<a@example.org>\r\n");
                break;
            case 8: // huge AUTH
                await wire.ReplyAsync().WaitAsync(patience);
                await wire.AskAsync("EHLO a.example", "250").WaitAsync(patience);
                await wire.SendAsync("AUTH PLAIN\r\n");
                await wire.SendAsync(new string('Q', 300_000) + "\r\n").AsTask().WaitAsync(patience);
                break;
            case 9: // junk in a pipeline
                for (var i = 0; i < 50; i++)
                    await wire.SendAsync("EHLO a\r\nDATA\r\nRCPT TO:<@a,@b:x%y@z>\r\nXYZZY\r\nMAIL FROM:<\r\n").AsTask().WaitAsync(patience);
                break;
            case 10: // a literal that is cut off
                await wire.LineAsync().WaitAsync(patience);
                await wire.SendAsync($"a LOGIN {{{dice.Next(1, 5000)}}}\r\nabc");
                break;
            default: // failed logins of POP3
                for (var i = 0; i < 4; i++)
                    await wire.SendAsync($"USER victim@example.com\r\nPASS wrong{i}\r\n");
                break;
        }
    }
}
