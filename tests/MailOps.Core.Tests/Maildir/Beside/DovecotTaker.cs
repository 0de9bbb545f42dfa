using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using MailOps.Maildir;
using MailOps.Maildir.Names;

namespace MailOps.Core.Tests.Maildir.Beside;

/// <summary>Dovecot, over IMAP and LMTP. Each turn is a session of its own: a session that runs keeps for a moment what it listed.</summary>
internal sealed class DovecotTaker(SharedAccount shared) : ITurnTaker
{
    public string Name => "Dovecot";

    public async Task<AccountState> LookAsync()
    {
        await using var talk = await TalkAsync();
        var folders = new Dictionary<string, FolderState>(StringComparer.Ordinal);
        foreach (var listed in (await talk.AskAsync("LIST \"\" \"*\"")).Of("LIST").ToList())
        {
            if (((List<object>)listed[1]).Exists(attribute => attribute is "\\Noselect" or "\\NonExistent"))
                continue;
            var name = (string)listed[3];
            folders[Decoded(name)] = await FolderAsync(talk, name);
        }

        var subscribed = (await talk.AskAsync("LIST (SUBSCRIBED) \"\" \"*\"")).Of("LIST").Where(one => ((List<object>)one[1]).Contains("\\Subscribed"));
        return new AccountState(folders, [.. subscribed.Select(one => Decoded((string)one[3]))]);
    }

    public async Task DeliverAsync(string text)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, shared.LmtpPort);
        using var reader = new StreamReader(client.GetStream(), Encoding.Latin1);
        await ReadReplyAsync(reader, "2");
        foreach (var (line, expected) in new[] { ("LHLO test", "2"), ("MAIL FROM:<a@example.org>", "2"), ("RCPT TO:<" + StoreFixture.Account + ">", "2"), ("DATA", "3"), (text.Replace("\n.", "\n..", StringComparison.Ordinal) + "\r\n.", "2"), ("QUIT", "2") })
        {
            await client.GetStream().WriteAsync(Encoding.Latin1.GetBytes(line + "\r\n"));
            await ReadReplyAsync(reader, expected);
        }
    }

    public Task AppendAsync(string mailbox, string text, IReadOnlyList<string> flags, DateTimeOffset date) =>
        RunAsync($"APPEND {Quoted(mailbox)} ({string.Join(' ', flags)}) \"{date.ToString("dd-MMM-yyyy HH:mm:ss", CultureInfo.InvariantCulture)} +0000\" {{{text.Length.ToString(CultureInfo.InvariantCulture)}+}}\r\n{text}");

    public Task StoreAsync(string mailbox, IReadOnlyList<uint> uids, FlagChange change, IReadOnlyList<string> flags)
    {
        var sign = change switch { FlagChange.Add => "+", FlagChange.Remove => "-", _ => "" };
        return RunAsync("SELECT " + Quoted(mailbox), $"UID STORE {Set(uids)} {sign}FLAGS ({string.Join(' ', flags)})");
    }

    public Task CopyAsync(string mailbox, IReadOnlyList<uint> uids, string target) => RunAsync("SELECT " + Quoted(mailbox), $"UID COPY {Set(uids)} {Quoted(target)}");

    public Task MoveAsync(string mailbox, IReadOnlyList<uint> uids, string target) => RunAsync("SELECT " + Quoted(mailbox), $"UID MOVE {Set(uids)} {Quoted(target)}");

    public Task ExpungeAsync(string mailbox, IReadOnlyList<uint> uids) => RunAsync("SELECT " + Quoted(mailbox), $"UID STORE {Set(uids)} +FLAGS (\\Deleted)", "UID EXPUNGE " + Set(uids));

    public Task CreateAsync(string mailbox) => RunAsync("CREATE " + Quoted(mailbox));

    public Task RenameAsync(string mailbox, string target) => RunAsync($"RENAME {Quoted(mailbox)} {Quoted(target)}");

    public Task DeleteAsync(string mailbox) => RunAsync("DELETE " + Quoted(mailbox));

    public Task SubscribeAsync(string mailbox, bool subscribed) => RunAsync((subscribed ? "SUBSCRIBE " : "UNSUBSCRIBE ") + Quoted(mailbox));

    /// <summary>A session.</summary>
    internal Task<ImapTalk> TalkAsync() => ImapTalk.LoginAsync(shared.Dovecot.Port, StoreFixture.Account);

    /// <summary>All of a mailbox, by its name as IMAP spells it.</summary>
    internal static async Task<FolderState> FolderAsync(ImapTalk talk, string name)
    {
        var quoted = QuotedRaw(name);
        var examined = await talk.AskAsync("EXAMINE " + quoted);
        var fetched = await talk.AskAsync("UID FETCH 1:* (FLAGS INTERNALDATE RFC822.SIZE X-GUID BODY.PEEK[])");
        var status = (List<object>)(await talk.AskAsync($"STATUS {quoted} (UIDNEXT X-GUID)")).Of("STATUS").Single()[2];
        var messages = new List<MessageState>();
        foreach (var one in fetched.Of("FETCH"))
        {
            var items = (List<object>)one[2];
            messages.Add(new MessageState(
                uint.Parse((string)After(items, "UID"), CultureInfo.InvariantCulture),
                string.Join(' ', ((List<object>)After(items, "FLAGS")).Cast<string>().Where(flag => flag != "\\Recent").Order(StringComparer.Ordinal)),
                DateTimeOffset.ParseExact(((string)After(items, "INTERNALDATE")).Trim(), "d-MMM-yyyy HH:mm:ss zzz", CultureInfo.InvariantCulture).ToUnixTimeSeconds(),
                long.Parse((string)After(items, "RFC822.SIZE"), CultureInfo.InvariantCulture),
                To128Bits((string)After(items, "X-GUID")),
                StoreTaker.HashOf((string)After(items, "BODY[]"))));
        }

        return new FolderState(Number(examined, "UIDVALIDITY"), uint.Parse((string)After(status, "UIDNEXT"), CultureInfo.InvariantCulture), (string)After(status, "X-GUID"), messages);
    }

    // mail_generate_guid_128_hash: hex digits as they are, else the last sixteen octets of SHA-1.
    private static string To128Bits(string guid) => guid.Length == 32 && guid.All(char.IsAsciiHexDigit)
        ? guid.ToLowerInvariant()
#pragma warning disable CA5350 // Not for security: this is what Dovecot takes.
        : Convert.ToHexStringLower(SHA1.HashData(Encoding.UTF8.GetBytes(guid))[^16..]);
#pragma warning restore CA5350

    private static object After(List<object> items, string name) => items[items.IndexOf(name) + 1];

    private static uint Number(ImapAnswer answer, string name)
    {
        var text = answer.Told.First(one => one.Contains($"[{name} ", StringComparison.Ordinal));
        var start = text.IndexOf($"[{name} ", StringComparison.Ordinal) + name.Length + 2;
        return uint.Parse(text[start..text.IndexOf(']', start)], CultureInfo.InvariantCulture);
    }

    private static string Decoded(string name) => ModifiedUtf7.TryDecode(name, out var decoded) ? decoded : "undecodable " + name;

    private static string Quoted(string mailbox) => QuotedRaw(ModifiedUtf7.Encode(mailbox));

    private static string QuotedRaw(string name) => '"' + name.Replace("\\", @"\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + '"';

    private static string Set(IReadOnlyList<uint> uids) => string.Join(',', uids);

    private static async Task ReadReplyAsync(StreamReader reader, string expected)
    {
        string? line;
        do
        {
            line = await reader.ReadLineAsync();
            if (line?.StartsWith(expected, StringComparison.Ordinal) != true)
                throw new IOException($"LMTP: {line}");
        }
        while (line[3] == '-');
    }

    private async Task RunAsync(params string[] commands)
    {
        await using var talk = await TalkAsync();
        foreach (var command in commands)
            await talk.AskAsync(command);
    }
}
