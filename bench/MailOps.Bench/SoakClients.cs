using System.Globalization;
using System.Text;

namespace MailOps.Bench;

/// <summary>The clients of a soak that keep to the protocols.</summary>
internal sealed class SoakClients(SoakPorts ports, SoakLedger ledger, int accounts)
{
    /// <summary>One session of a kind that the dice choose.</summary>
    internal Task RunAsync(Random dice, CancellationToken cancel) => dice.Next(10) switch
    {
        < 4 => SmtpAsync(dice, cancel),
        < 6 => LmtpAsync(dice, cancel),
        < 9 => Pop3Async(dice, cancel),
        _ => ImapAsync(dice, cancel),
    };

    private string Account(Random dice) => $"user{dice.Next(accounts)}@example.com";

    private (long Id, byte[] Octets) Message(Random dice)
    {
        var id = ledger.Next();
        var length = dice.Next(200) switch { 0 => 3_000_000, < 6 => 300_000, < 60 => 20_000, _ => dice.Next(4000) };
        var text = new StringBuilder($"{SoakLedger.Field}{id}\r\nFrom: a@example.org\r\nTo: b@example.com\r\nSubject: soak\r\nDate: Mon, 2 Mar 2026 10:00:00 +0000\r\nMessage-ID: <{id}@soak.example>\r\n\r\n");
        while (length > 0)
        {
            var line = Math.Min(length, 70);
            text.Append('x', line).Append("\r\n");
            length -= line;
        }

        return (id, Encoding.Latin1.GetBytes(text.ToString()));
    }

    private async Task SmtpAsync(Random dice, CancellationToken cancel)
    {
        using var wire = await SoakWire.OpenAsync(ports.Smtp, dice, cancel);
        SoakWire.Expect(await wire.ReplyAsync(), "220", "the connection");
        await wire.AskAsync("EHLO soak.example", "250");
        if (dice.Next(4) == 0)
        {
            await wire.AskAsync("STARTTLS", "220");
            await wire.SecureAsync();
            await wire.AskAsync("EHLO soak.example", "250");
            var plain = Convert.ToBase64String(Encoding.Latin1.GetBytes("\0user0@example.com\0right"));
            if (dice.Next(2) == 0)
                await wire.AskAsync($"AUTH PLAIN {plain}", "235");
        }

        for (var left = dice.Next(1, 4); left > 0; left--)
        {
            var (id, octets) = Message(dice);
            var envelope = $"MAIL FROM:<user0@example.com>\r\nRCPT TO:<{Account(dice)}>";
            if (dice.Next(2) == 0)
            {
                await wire.AskAsync(envelope, "250");
                SoakWire.Expect(await wire.ReplyAsync(), "250", "RCPT");
                await wire.SendAsync($"BDAT {octets.Length / 2}\r\n");
                await wire.SendAsync(octets.AsMemory(0, octets.Length / 2));
                await wire.SendAsync($"BDAT {octets.Length - (octets.Length / 2)} LAST\r\n");
                await wire.SendAsync(octets.AsMemory(octets.Length / 2));
                SoakWire.Expect(await wire.ReplyAsync(), "250", "BDAT");
            }
            else
            {
                await wire.AskAsync(envelope + "\r\nDATA", "250");
                SoakWire.Expect(await wire.ReplyAsync(), "250", "RCPT");
                SoakWire.Expect(await wire.ReplyAsync(), "354", "DATA");
                await wire.SendAsync(octets);
                await wire.SendAsync(".\r\n");
            }

            SoakWire.Expect(await wire.ReplyAsync(), "250", "the message");
            ledger.Accept(id);
            ledger.Count("good: message by SMTP");
        }

        await wire.AskAsync("QUIT", "221");
    }

    private async Task LmtpAsync(Random dice, CancellationToken cancel)
    {
        using var wire = await SoakWire.OpenAsync(ports.Lmtp, dice, cancel);
        SoakWire.Expect(await wire.ReplyAsync(), "220", "the connection");
        await wire.AskAsync("LHLO soak.example", "250");
        var (id, octets) = Message(dice);
        await wire.AskAsync("MAIL FROM:<a@example.org>", "250");
        await wire.AskAsync($"RCPT TO:<{Account(dice)}>", "250");
        await wire.AskAsync("DATA", "354");
        await wire.SendAsync(octets);
        await wire.AskAsync(".", "250");
        ledger.Accept(id);
        ledger.Count("good: message by LMTP");
        await wire.AskAsync("QUIT", "221");
    }

    private async Task Pop3Async(Random dice, CancellationToken cancel)
    {
        using var wire = await SoakWire.OpenAsync(ports.Pop3, dice, cancel);
        SoakWire.Expect(await wire.LineAsync(), "+OK", "the connection");
        await wire.AskAsync($"USER {Account(dice)}", "+OK", wire.LineAsync);
        await wire.SendAsync("PASS right\r\n");
        var login = await wire.LineAsync();
        if (login.StartsWith("-ERR [IN-USE]", StringComparison.Ordinal))
        {
            ledger.Count("good: POP3 found the maildrop in use");
            return;
        }

        SoakWire.Expect(login, "+OK", "PASS");
        var count = int.Parse((await wire.AskAsync("STAT", "+OK", wire.LineAsync)).Split(' ')[1], CultureInfo.InvariantCulture);
        var ids = new List<long>();
        for (var i = 1; i <= Math.Min(count, 100); i++)
        {
            await wire.AskAsync($"RETR {i}", "+OK", wire.LineAsync);
            for (string line; (line = await wire.LineAsync()) != ".";)
            {
                if (line.StartsWith(SoakLedger.Field, StringComparison.Ordinal))
                    ids.Add(long.Parse(line[SoakLedger.Field.Length..], CultureInfo.InvariantCulture));
            }

            await wire.AskAsync($"DELE {i}", "+OK", wire.LineAsync);
        }

        // One in eight leaves without QUIT: nothing may be deleted.
        if (dice.Next(8) == 0)
        {
            ledger.Count("good: POP3 left without QUIT");
            return;
        }

        try
        {
            await wire.AskAsync("QUIT", "+OK", wire.LineAsync);
        }
        catch
        {
            ledger.PerhapsDelete(ids);
            throw;
        }

        ledger.Delete(ids);
        ledger.Count("good: POP3 read and deleted");
    }

    private async Task ImapAsync(Random dice, CancellationToken cancel)
    {
        using var wire = await SoakWire.OpenAsync(ports.Imap, dice, cancel);
        SoakWire.Expect(await wire.LineAsync(), "* OK", "the connection");
        if (dice.Next(3) == 0)
        {
            await wire.AskAsync("s STARTTLS", "s OK", () => wire.TaggedAsync("s"));
            await wire.SecureAsync();
        }

        await wire.AskAsync($"a LOGIN {Account(dice)} right", "a OK", () => wire.TaggedAsync("a"));
        await wire.AskAsync("b SELECT INBOX", "b OK", () => wire.TaggedAsync("b"));
        await wire.AskAsync("c UID FETCH 1:* (FLAGS ENVELOPE BODYSTRUCTURE)", "c OK", () => wire.TaggedAsync("c"));
        await wire.AskAsync("d UID SEARCH SUBJECT soak", "d OK", () => wire.TaggedAsync("d"));
        await wire.AskAsync("e LOGOUT", "e OK", () => wire.TaggedAsync("e"));
        ledger.Count("good: IMAP");
    }
}
