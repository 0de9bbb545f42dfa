using System.Globalization;
using System.Text;

namespace MailOps.Client.Mailboxes.Seen;

/// <summary>
/// What stands in a file that remembers messages: text, a line for each account with a number for it, and a line for each message with the
/// number, the time, the hash of its octets and its unique id. A line that has no end was being written when its process was killed, and is none.
/// </summary>
internal sealed class StateText
{
    private const string Head = "MailOps POP3 state ";
    private const int Version = 1;
    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss'Z'";

    private readonly List<(int Account, KnownMessage Message)> _messages = [];
    private readonly Dictionary<Pop3Account, int> _accounts = [];

    /// <summary>The first line.</summary>
    public static string FirstLine { get; } = string.Create(CultureInfo.InvariantCulture, $"{Head}{Version}\n");

    /// <summary>How many octets of the file are whole lines.</summary>
    public long Length { get; private set; }

    /// <summary>The number of an account; null if it has none yet.</summary>
    public int? NumberOf(Pop3Account account) => _accounts.TryGetValue(account, out var number) ? number : null;

    /// <summary>The number for a new account.</summary>
    public int NextNumber => _accounts.Count == 0 ? 1 : _accounts.Values.Max() + 1;

    /// <summary>The messages of an account, in the order in which they were noted.</summary>
    public IEnumerable<KnownMessage> Of(int account) => _messages.Where(one => one.Account == account).Select(one => one.Message);

    /// <summary>Reads a file's text.</summary>
    /// <param name="path">Its path, for errors.</param>
    /// <param name="octets">All of it; empty for a file that is not there.</param>
    /// <exception cref="Pop3StateException">It is something else, damaged or too new.</exception>
    public static StateText Parse(string path, ReadOnlySpan<byte> octets)
    {
        var state = new StateText();
        var first = Encoding.ASCII.GetBytes(FirstLine);

        // A file that was just made may have a part of its first line, after a kill.
        if (octets.Length < first.Length && first.AsSpan().StartsWith(octets))
            return state;
        for (var number = 1; octets.IndexOf((byte)'\n') is >= 0 and var end; number++)
        {
            var line = Encoding.UTF8.GetString(octets[..end]).TrimEnd('\r');
            octets = octets[(end + 1)..];
            if (number == 1)
                RequireHead(path, line);
            else if (line.Length > 0 && !state.TryTake(line))
                throw new Pop3StateException(Pop3StateFault.Damaged, string.Create(CultureInfo.InvariantCulture, $"Line {number} of {path} is damaged: '{(line.Length > 60 ? line[..60] + "…" : line)}'. Remove that line: at worst one message is saved once more. Or restore the file."));
            state.Length += end + 1;
        }

        return state.Length > 0 ? state : throw NotAState(path);
    }

    /// <summary>The line of an account.</summary>
    public static string Line(int number, Pop3Account account) => string.Create(CultureInfo.InvariantCulture, $"account {number} {Escape(account.Server)} {account.Port} {Escape(account.User)}\n");

    /// <summary>The line of a message.</summary>
    public static string Line(int account, KnownMessage message) =>
        string.Create(CultureInfo.InvariantCulture, $"{account} {message.Time.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture)} {(message.Hash is { } hash ? hash.ToString("x32", CultureInfo.InvariantCulture) : "-")} {Escape(message.Uidl)}\n");

    /// <summary>The whole file, with other messages of one account.</summary>
    public string With(int account, IEnumerable<KnownMessage> messages) => string.Concat(
        (IEnumerable<string>)[
            FirstLine,
            .. _accounts.OrderBy(one => one.Value).Select(one => Line(one.Value, one.Key)),
            .. _messages.Where(one => one.Account != account).Select(one => Line(one.Account, one.Message)),
            .. messages.Select(message => Line(account, message))]);

    private bool TryTake(string line)
    {
        var parts = line.Split(' ');
        if (parts is ["account", var number, var server, var port, var user])
        {
            return Number(number) is { } id and > 0 && Number(port) is { } at && Unescape(server) is { } host && Unescape(user) is { } name
                && !_accounts.ContainsValue(id) && _accounts.TryAdd(new Pop3Account(host, at, name), id);
        }

        if (parts is not [var account, var time, var hash, var uidl] || Number(account) is not { } whose || !_accounts.ContainsValue(whose) || Unescape(uidl) is not { Length: > 0 } text
            || !DateTimeOffset.TryParseExact(time, TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var when))
        {
            return false;
        }

        UInt128? content = null;
        if (hash != "-")
        {
            if (hash.Length != 32 || !UInt128.TryParse(hash, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value))
                return false;
            content = value;
        }

        _messages.Add((whose, new KnownMessage(text, when, content)));
        return true;
    }

    private static void RequireHead(string path, string line)
    {
        if (!line.StartsWith(Head, StringComparison.Ordinal) || Number(line[Head.Length..]) is not { } version)
            throw NotAState(path);
        if (version > Version)
            throw new Pop3StateException(Pop3StateFault.TooNew, string.Create(CultureInfo.InvariantCulture, $"The file {path} is of a newer version of MailOps (format {version}; this one knows {Version}). Update MailOps."));
    }

    private static Pop3StateException NotAState(string path) => new(Pop3StateFault.NotAState, $"The file {path} does not remember POP3 messages: it is something else, and stays as it is. Name another file; it is made if it is not there.");

    private static int? Number(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    // Spaces part the words of a line, and % begins an octet in hexadecimal.
    private static string Escape(string text)
    {
        var escaped = new StringBuilder();
        foreach (var c in text)
        {
            if (c is <= ' ' or '%' or '\u007f' or >= '\ud800')
                escaped.Append(CultureInfo.InvariantCulture, $"%{(int)c:x4}");
            else
                escaped.Append(c);
        }

        return escaped.Length == 0 ? "%" : escaped.ToString();
    }

    private static string? Unescape(string text)
    {
        if (text == "%")
            return "";
        var plain = new StringBuilder();
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '%')
            {
                plain.Append(text[i]);
                continue;
            }

            if (text.Length - i < 5 || !ushort.TryParse(text.AsSpan(i + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code))
                return null;
            plain.Append((char)code);
            i += 4;
        }

        return plain.ToString();
    }
}
