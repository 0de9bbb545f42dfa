using System.Globalization;
using System.Text;
using MailOps.Client.Migration;

namespace MailOps.Interop.Tests.Migration;

/// <summary>A message that is hard to keep.</summary>
/// <param name="Name">What it is, for the lists of what a server refuses.</param>
/// <param name="Octets">Its octets.</param>
/// <param name="Flags">Flags and keywords, with spaces between.</param>
/// <param name="Arrived">Its INTERNALDATE.</param>
/// <param name="IsFile">True for one that no client can add: it is put on the disk of a server that keeps Maildirs.</param>
internal sealed record NastyMessage(string Name, byte[] Octets, string Flags, DateTimeOffset Arrived, bool IsFile = false)
{
    private static readonly DateTimeOffset Usual = new(2021, 3, 4, 5, 6, 7, TimeSpan.FromHours(2));

    /// <summary>The messages of the inbox.</summary>
    public static IReadOnlyList<NastyMessage> All { get; } = [.. Make()];

    /// <summary>What a message is that has a hash, in hexadecimal; empty for one that is none of these.</summary>
    public static string NameOf(string hash) => Names.GetValueOrDefault(hash, "");

    private static Dictionary<string, string> Names { get; } = All.DistinctBy(HashOf, StringComparer.Ordinal).ToDictionary(HashOf, message => message.Name, StringComparer.Ordinal);

    /// <summary>Octets as another program sees them on every server: Dovecot shows NUL as 0x80.</summary>
    public static byte[] Shown(byte[] octets) => Array.ConvertAll(octets, octet => octet == 0 ? (byte)0x80 : octet);

    private static string HashOf(NastyMessage message)
    {
        using var spool = MessageSpool.Of(Shown(message.Octets));
        return spool.Hash.ToString("x32", CultureInfo.InvariantCulture);
    }

    /// <summary>A message of a folder.</summary>
    public static NastyMessage In(string folder) => Of($"in {folder}", $"From: a@example.org\r\nMessage-ID: <in@example.org>\r\n\r\n{Convert.ToHexString(Encoding.UTF8.GetBytes(folder))}\r\n", "\\Seen");

    private static IEnumerable<NastyMessage> Make()
    {
        const string Head = "From: a@example.org\r\nTo: b@example.org\r\nSubject: same\r\nDate: Mon, 1 Mar 2021 10:00:00 +0000\r\nMessage-ID: <same@example.org>\r\n";
        yield return Of("plain", Head + "\r\nbody\r\n", "");
        yield return Of("same header, other body", Head + "\r\nanother body\r\n", "\\Seen");
        yield return Of("same Message-ID, other header", Head.Replace("same\r\n", "other\r\n", StringComparison.Ordinal) + "\r\nbody\r\n", "\\Answered");
        yield return Of("equal", Head + "\r\ntwice\r\n", "");
        yield return Of("equal", Head + "\r\ntwice\r\n", "");
        yield return Of("no Message-ID", "From: a@example.org\r\nSubject: none\r\n\r\n1\r\n", "\\Flagged");
        yield return Of("no Message-ID again", "From: a@example.org\r\nSubject: none\r\n\r\n2\r\n", "\\Draft");
        yield return Of("8-bit header", "From: J\u00f6rg <j@example.org>\r\nSubject: \u00e4\u00f6\u00fc \u00df\r\n\r\nbody\r\n", "\\Seen");
        yield return Of("UTF-8 header", Latin1(Encoding.UTF8.GetBytes("From: 深い <j@example.org>\r\nSubject: Ελληνικά 😀\r\n\r\n本文\r\n")), "");
        yield return Of("all octets", "Subject: octets\r\n\r\n" + string.Concat(Enumerable.Range(1, 255).Where(octet => octet is not ('\r' or '\n')).Select(octet => (char)octet)) + "\r\n", "");
        yield return Of("lone CR", "Subject: lone CR\r\n\r\none\rtwo\r\n", "");
        yield return Of("lone LF", "Subject: lone LF\r\n\r\none\ntwo\r\nthree\n\n", "");
        yield return Of("header alone", "From: a@example.org\r\nSubject: header alone\r\n", "");
        yield return Of("header alone, with its end", "Subject: header and its end\r\n\r\n", "");
        yield return Of("an empty line", "\r\n", "");
        yield return Of("no header", "\r\nno header at all\r\n", "");
        yield return Of("no end of line", "Subject: no end of line\r\n\r\nbody", "");
        yield return Of("From line and dots", "From nobody Mon Mar  1 10:00:00 2021\r\nSubject: lines\r\n\r\n.\r\n..\r\nFrom here\r\n>From there\r\n* 1 FETCH (UID 1)\r\n)\r\n", "");
        yield return Of("empty lines at the end", "Subject: empty lines\r\n\r\nbody\r\n\r\n\r\n\r\n", "");
        yield return Of("long lines", "Subject: long\r\nX-Long: " + new string('x', 20_000) + "\r\n\r\n" + new string('y', 100_000) + "\r\n", "");
        yield return Of("2,000 parts", Parts(2_000), "");
        yield return Of("nested", Nested(60), "");
        yield return Of("30 keywords", "Subject: keywords\r\n\r\nbody\r\n", string.Join(' ', Enumerable.Range(1, 26).Select(number => $"Keyword{number}").Concat(["$Forwarded", "$Label1", "NonJunk", "\\Seen"])));
        yield return Of("1970", "Subject: 1970\r\n\r\nbody\r\n", "") with { Arrived = new DateTimeOffset(1970, 1, 2, 3, 4, 5, TimeSpan.Zero) };
        yield return Of("1996", "Subject: 1996\r\n\r\nbody\r\n", "") with { Arrived = new DateTimeOffset(1996, 2, 29, 23, 59, 59, TimeSpan.FromHours(-8)) };
        yield return Of("long", "Subject: long\r\n\r\n" + string.Concat(Enumerable.Range(0, Large / 70).Select(line => $"{line:00000000} the quick brown fox jumps over the lazy dog, again and again\r\n")), "\\Flagged \\Seen");
        yield return Of("NUL", "Subject: NUL\r\n\r\none\0two\r\n", "") with { IsFile = true };
        yield return Of("nothing", "", "") with { IsFile = true };
    }

    // 60 MiB where time does not matter.
    private static int Large => Environment.GetEnvironmentVariable("MAILOPS_COPY_LARGE") is { Length: > 0 } ? 60 * 1024 * 1024 : 1536 * 1024;

    private static NastyMessage Of(string name, string text, string flags) => new(name, Encoding.Latin1.GetBytes(text), flags, Usual);

    private static string Latin1(byte[] octets) => Encoding.Latin1.GetString(octets);

    private static string Parts(int count) =>
        "Subject: parts\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n" + string.Concat(Enumerable.Range(0, count).Select(part => $"--x\r\nContent-Type: text/plain\r\n\r\npart {part}\r\n")) + "--x--\r\n";

    private static string Nested(int depth)
    {
        var text = "Content-Type: text/plain\r\n\r\nin the middle\r\n";
        for (var level = depth; level > 0; level--)
            text = $"Content-Type: multipart/mixed; boundary=b{level}\r\n\r\n--b{level}\r\n{text}--b{level}--\r\n";
        return "Subject: nested\r\nMIME-Version: 1.0\r\n" + text;
    }
}
