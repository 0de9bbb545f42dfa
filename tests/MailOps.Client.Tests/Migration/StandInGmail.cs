using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using MailOps.Tests.Support;

namespace MailOps.Client.Tests.Migration;

/// <summary>
/// An IMAP server that answers as Gmail does (X-GM-EXT-1): one set of messages, of which folders are labels; All Mail has all but those in
/// Spam and Trash; a message tells its labels without that of the folder in which it is looked at. Anybody may log in.
/// </summary>
internal sealed class StandInGmail : IAsyncDisposable
{
    private static readonly (string Name, string Use, string Label)[] English =
    [
        ("All Mail", "\\All", ""), ("Sent Mail", "\\Sent", "\\Sent"), ("Drafts", "\\Drafts", "\\Draft"), ("Spam", "\\Junk", "\\Spam"),
        ("Trash", "\\Trash", "\\Trash"), ("Starred", "\\Flagged", "\\Starred"), ("Important", "\\Important", "\\Important"),
    ];

    private readonly Lock _lock = new();
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _clients = [];
    private readonly Task _serving;

    private StandInGmail(string root, string[]? names)
    {
        Folders.Add(new Folder("INBOX", "", "\\Inbox"));
        Folders.Add(new Folder(root, "\\Noselect", ""));
        for (var i = 0; i < English.Length; i++)
            Folders.Add(new Folder($"{root}/{names?[i] ?? English[i].Name}", English[i].Use, English[i].Label));
        _listener.Start();
        _serving = ServeAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public List<Mail> Mails { get; } = [];

    /// <summary>Every command but logins, without its tag.</summary>
    public List<string> Commands { get; } = [];

    public Exception? Failure { get; private set; }

    private List<Folder> Folders { get; } = [];

    /// <summary>Starts one.</summary>
    /// <param name="root">What stands before the names of its own folders.</param>
    /// <param name="names">Their names in another language, in the order All, Sent, Drafts, Spam, Trash, Starred, Important; null for English.</param>
    public static StandInGmail Start(string root = "[Gmail]", string[]? names = null) => new(root, names);

    /// <summary>Puts a message there.</summary>
    /// <param name="octets">Its octets.</param>
    /// <param name="flags">Its flags, with spaces between.</param>
    /// <param name="labels">Its labels: <c>\Inbox</c>, <c>\Sent</c>, <c>\Draft</c>, <c>\Spam</c>, <c>\Trash</c>, <c>\Important</c>, or a name.</param>
    public void Put(string octets, string flags, params string[] labels)
    {
        lock (_lock)
        {
            foreach (var label in labels.Where(label => !label.StartsWith('\\')))
                Make(label);
            Add(new Mail(Encoding.Latin1.GetBytes(octets), new DateTimeOffset(2020, 1, 2, 3, 4, 5, TimeSpan.Zero).AddDays(Mails.Count)), flags.Split(' ', StringSplitOptions.RemoveEmptyEntries), labels);
        }
    }

    /// <summary>The labels of each message, by its subject, sorted.</summary>
    public IEnumerable<string> Labels()
    {
        lock (_lock)
            return [.. Mails.Select(mail => $"{mail.Subject}: {string.Join(' ', mail.Labels.Order(StringComparer.Ordinal))}").Order(StringComparer.Ordinal)];
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _serving;
        await Task.WhenAll(_clients);
        _stop.Dispose();
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
                _clients.Add(TalkAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
        }
    }

    private async Task TalkAsync(TcpClient client)
    {
        try
        {
            using (client)
            await using (var server = new ScriptedPeer.Conversation(client, _ => { }, _stop.Token))
                await TalkAsync(server);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or SocketException or ObjectDisposedException)
        {
        }
        catch (Exception e)
        {
            Failure = e;
        }
    }

    private async Task TalkAsync(ScriptedPeer.Conversation server)
    {
        const string Capabilities = "IMAP4rev1 UNSELECT NAMESPACE QUOTA ID CHILDREN X-GM-EXT-1 UIDPLUS ENABLE CONDSTORE ESEARCH LIST-EXTENDED LIST-STATUS LITERAL- SPECIAL-USE APPENDLIMIT=35651584 SASL-IR AUTH=PLAIN";
        await server.SayAsync($"* OK [CAPABILITY {Capabilities}] Gimap ready");
        Folder? opened = null;
        while (await server.HearLineAsync() is { } line)
        {
            var tag = line[..line.IndexOf(' ', StringComparison.Ordinal)];
            var command = line[(tag.Length + 1)..];
            if (command.StartsWith("AUTHENTICATE ", StringComparison.Ordinal))
            {
                await server.SayAsync($"{tag} OK [CAPABILITY {Capabilities}] authenticated (Success)");
                continue;
            }

            byte[]? literal = null;
            if (command.StartsWith("APPEND ", StringComparison.Ordinal))
            {
                var size = command[(command.LastIndexOf('{') + 1)..].TrimEnd('}');
                if (!size.EndsWith('+'))
                    await server.SayAsync("+ go ahead");
                literal = Encoding.Latin1.GetBytes((await server.HearAsync(int.Parse(size.TrimEnd('+'), CultureInfo.InvariantCulture)))!);
                await server.HearLineAsync();
            }

            string answer;
            lock (_lock)
            {
                Commands.Add(command);
                answer = Answer(Words(command), command, literal, ref opened);
            }

            await server.SendAsync(answer.Replace("TAG", tag, StringComparison.Ordinal));
        }
    }

    private string Answer(List<string> words, string command, byte[]? literal, ref Folder? opened)
    {
        var said = new StringBuilder();
        var end = "OK Success";
        switch (words[0] == "UID" ? words[1] : words[0])
        {
            case "NAMESPACE":
                said.Append("* NAMESPACE ((\"\" \"/\")) NIL NIL\r\n");
                break;
            case "LIST":
                var pattern = words.Skip(1).Where(word => !word.StartsWith('(')).ElementAt(1);
                foreach (var folder in Folders.Where(one => pattern.Contains('*', StringComparison.Ordinal) || pattern.Contains('%', StringComparison.Ordinal) || one.Name == Decode(pattern)))
                {
                    said.Append(CultureInfo.InvariantCulture, $"* LIST (\\HasNoChildren{(folder.Use.Length > 0 ? " " + folder.Use : "")}) \"/\" {Quoted(folder.Name)}\r\n");
                    if (command.Contains("STATUS (", StringComparison.Ordinal) && folder.Use != "\\Noselect")
                        said.Append(Status(folder));
                }

                break;
            case "STATUS":
                said.Append(Status(Find(words[1])!));
                break;
            case "EXAMINE" or "SELECT":
                opened = Find(words[1]);
                if (opened is null)
                {
                    end = "NO [NONEXISTENT] Unknown Mailbox (Failure)";
                    break;
                }

                said.Append(CultureInfo.InvariantCulture, $"* {opened.Uids.Count} EXISTS\r\n* OK [UIDVALIDITY {opened.Validity}] .\r\n* OK [UIDNEXT {opened.Next}] .\r\n* OK [HIGHESTMODSEQ {_modSeq}] .\r\n");
                break;
            case "CREATE":
                Make(Decode(words[1]));
                break;
            case "APPEND":
                if (Find(words[1]) is not { } target)
                {
                    end = "NO [TRYCREATE] No folder (Failure)";
                    break;
                }

                var mail = new Mail(literal!, DateTimeOffset.ParseExact(words.First(word => word.StartsWith('"') && word.Contains(':', StringComparison.Ordinal)).Trim('"'), "dd-MMM-yyyy HH:mm:ss zz00", CultureInfo.InvariantCulture));
                Add(mail, words[2].Trim('(', ')').Split(' ', StringSplitOptions.RemoveEmptyEntries), target.Label.Length > 0 ? [target.Label] : []);
                end = string.Create(CultureInfo.InvariantCulture, $"OK [APPENDUID {target.Validity} {target.Uids[mail]}] (Success)");
                break;
            case "SEARCH":
                var found = Search(opened!, command).Order().ToList();
                said.Append(command.Contains("RETURN", StringComparison.Ordinal) ? $"* ESEARCH (TAG \"TAG\") UID{(found.Count > 0 ? " ALL " + string.Join(',', found) : "")}\r\n" : $"* SEARCH {string.Join(' ', found)}\r\n");
                break;
            case "FETCH":
                foreach (var (one, uid) in Chosen(opened!, words[2]))
                    said.Append(command.Contains("BODY.PEEK[]", StringComparison.Ordinal)
                        ? $"* 1 FETCH (UID {uid} BODY[] {{{one.Octets.Length}}}\r\n{Encoding.Latin1.GetString(one.Octets)})\r\n"
                        : Described(opened!, one, uid));
                break;
            case "COPY":
                var to = Find(words[3])!;
                var copied = Chosen(opened!, words[2]).OrderBy(one => one.Uid).ToList();
                foreach (var (one, _) in copied)
                    Label(one, to.Label);
                end = $"OK [COPYUID {to.Validity} {string.Join(',', copied.Select(one => one.Uid))} {string.Join(',', copied.Select(one => to.Uids[one.Mail]))}] (Success)";
                break;
            case "STORE" when words[3].EndsWith("X-GM-LABELS", StringComparison.Ordinal):
                foreach (var (one, _) in Chosen(opened!, words[2]))
                {
                    if (words[3][0] == '+')
                        Label(one, words[4].Trim('(', ')'));
                    else
                        one.Labels.Remove(words[4].Trim('(', ')'));
                    Show(one);
                }

                break;
            case "STORE":
                foreach (var (one, _) in Chosen(opened!, words[2]))
                    SetFlags(one, words[4].Trim('(', ')').Split(' ', StringSplitOptions.RemoveEmptyEntries));
                break;
            case "CAPABILITY" or "NOOP" or "SUBSCRIBE" or "LOGOUT" or "ID":
                break;
            default:
                end = "BAD Unknown command " + command;
                break;
        }

        return said + "TAG " + end + "\r\n";
    }

    private string Described(Folder folder, Mail mail, uint uid)
    {
        var labels = mail.Labels.Where(label => label != folder.Label).Select(label => "\"" + Encode(label).Replace("\\", "\\\\", StringComparison.Ordinal) + "\"");
        return $"* 1 FETCH (X-GM-LABELS ({string.Join(' ', labels)}) UID {uid} RFC822.SIZE {mail.Octets.Length} INTERNALDATE \"{mail.Arrived.ToString("dd-MMM-yyyy HH:mm:ss", CultureInfo.InvariantCulture)} +0000\" FLAGS ({string.Join(' ', mail.Flags)}))\r\n";
    }

    private static IEnumerable<uint> Search(Folder folder, string command)
    {
        var header = command.IndexOf("HEADER Message-ID \"", StringComparison.Ordinal);
        if (header < 0)
            return folder.Uids.Values;
        var id = command[(header + 19)..].TrimEnd('"');
        return folder.Uids.Where(one => Encoding.Latin1.GetString(one.Key.Octets).Contains(id, StringComparison.Ordinal)).Select(one => one.Value);
    }

    private static IEnumerable<(Mail Mail, uint Uid)> Chosen(Folder folder, string set)
    {
        var ranges = set.Split(',').Select(range => range.Split(':')).Select(ends => (From: uint.Parse(ends[0], CultureInfo.InvariantCulture), To: ends[^1] == "*" ? uint.MaxValue : uint.Parse(ends[^1], CultureInfo.InvariantCulture))).ToList();
        return [.. folder.Uids.Where(one => ranges.Exists(range => one.Value >= range.From && one.Value <= range.To)).Select(one => (one.Key, one.Value))];
    }

    private string Status(Folder folder) => string.Create(CultureInfo.InvariantCulture, $"* STATUS {Quoted(folder.Name)} (MESSAGES {folder.Uids.Count} UIDNEXT {folder.Next} UIDVALIDITY {folder.Validity} UNSEEN 0 HIGHESTMODSEQ {_modSeq})\r\n");

    private ulong _modSeq = 1;

    private Folder? Find(string word) => Folders.Find(folder => folder.Name == Decode(word) && folder.Use != "\\Noselect");

    private void Make(string name)
    {
        if (!Folders.Exists(folder => folder.Name == name))
            Folders.Add(new Folder(name, "", name));
    }

    private void Add(Mail mail, string[] flags, string[] labels)
    {
        Mails.Add(mail);
        mail.Labels.UnionWith(labels);
        SetFlags(mail, flags);
    }

    private void SetFlags(Mail mail, string[] flags)
    {
        mail.Flags.Clear();
        mail.Flags.UnionWith(flags);
        if (mail.Flags.Contains("\\Flagged"))
            mail.Labels.Add("\\Starred");
        Show(mail);
    }

    private void Label(Mail mail, string label)
    {
        if (label.Length > 0)
            mail.Labels.Add(label);
        Show(mail);
    }

    // It gets a UID in each folder that it is in now.
    private void Show(Mail mail)
    {
        _modSeq++;
        var isAway = mail.Labels.Contains("\\Trash") || mail.Labels.Contains("\\Spam");
        foreach (var folder in Folders.Where(folder => folder.Use != "\\Noselect"))
        {
            if (folder.Use == "\\All" ? isAway : !mail.Labels.Contains(folder.Label))
                folder.Uids.Remove(mail);
            else if (!folder.Uids.ContainsKey(mail))
                folder.Uids.Add(mail, folder.Next++);
        }
    }

    private static string Quoted(string name) => "\"" + Encode(name) + "\"";

    // RFC 9051 appendix A.1: modified UTF-7.
    private static string Encode(string name) => Regex.Replace(
        name.Replace("&", "&-", StringComparison.Ordinal),
        "[^\\x20-\\x7e]+",
        run => "&" + Convert.ToBase64String(Encoding.BigEndianUnicode.GetBytes(run.Value)).TrimEnd('=').Replace('/', ',') + "-",
        RegexOptions.None,
        TimeSpan.FromSeconds(1));

    private static string Decode(string word) => Regex.Replace(
        word.Trim('"'),
        "&(?<text>[^-]*)-",
        run => run.Groups["text"].Value is { Length: > 0 } text
        ? Encoding.BigEndianUnicode.GetString(Convert.FromBase64String(text.Replace(',', '/').PadRight((text.Length + 3) / 4 * 4, '=')))
        : "&",
        RegexOptions.ExplicitCapture,
        TimeSpan.FromSeconds(1));

    // Quoted strings with their quotes, and lists with their parentheses, are one word.
    private static List<string> Words(string command)
    {
        var words = new List<string>();
        for (var i = 0; i < command.Length; i++)
        {
            if (command[i] == ' ')
                continue;
            var close = command[i] switch { '"' => '"', '(' => ')', _ => ' ' };
            var end = command.IndexOf(close, i + 1);
            end = end < 0 ? command.Length : close == ' ' ? end : end + 1;
            words.Add(command[i..end]);
            i = end - 1;
        }

        return words;
    }

    internal sealed class Mail(byte[] octets, DateTimeOffset arrived)
    {
        public byte[] Octets { get; } = octets;

        public DateTimeOffset Arrived { get; } = arrived;

        public HashSet<string> Labels { get; } = new(StringComparer.Ordinal);

        public HashSet<string> Flags { get; } = new(StringComparer.Ordinal);

        public string Subject => Encoding.Latin1.GetString(Octets).Split("Subject: ")[1].Split('\r')[0];
    }

    private sealed class Folder(string name, string use, string label)
    {
        private static int _last;

        public string Name { get; } = name;

        public string Use { get; } = use;

        public string Label { get; } = label;

        public int Validity { get; } = Interlocked.Increment(ref _last);

        public Dictionary<Mail, uint> Uids { get; } = [];

        public uint Next { get; set; } = 1;
    }
}
