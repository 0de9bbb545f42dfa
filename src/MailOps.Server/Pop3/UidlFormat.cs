using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using MailOps.Maildir;

namespace MailOps.Server.Pop3;

/// <summary>
/// How unique ids are made, in the words of Dovecot's <c>pop3_uidl_format</c>: whoever moves mailboxes here from another
/// server gives the format of that one, and no client downloads anything twice.
/// </summary>
public sealed class UidlFormat
{
    // RFC 1939 section 7: one to 70 characters between 0x21 and 0x7E.
    private const int MaxLength = 70;

    private readonly (string Text, char Variable, bool Hex, int Width, bool Zeros)[] _parts;

    private UidlFormat(string text, (string, char, bool, int, bool)[] parts) => (Text, _parts) = (text, parts);

    /// <summary>Names for what other servers have, and their formats.</summary>
    public static IReadOnlyDictionary<string, string> Names { get; } = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase)
    {
        ["Dovecot"] = "%08Xu%08Xv",
        // Courier has changed its format twice: version 0, 1 and 2 of its list of UIDs.
        ["Courier0"] = "%f",
        ["Courier1"] = "%u",
        ["Courier"] = "%v-%u",
        ["Cyrus"] = "%v.%u",
        // Up to 2.1.3.
        ["Cyrus20"] = "%u",
        ["Dovecot0"] = "%v.%u",
        ["UW"] = "%08Xv%08Xu",
    };

    /// <summary>Dovecot's own: UID and UIDVALIDITY, eight hexadecimal digits each.</summary>
    public static UidlFormat Dovecot { get; } = Parse("%08Xu%08Xv");

    /// <summary>The format as it was written.</summary>
    public string Text { get; }

    /// <summary>Reads a format, or the name of one.</summary>
    /// <param name="text">Text and variables: <c>%u</c> the UID, <c>%v</c> the UIDVALIDITY, <c>%f</c> and <c>%g</c> the name of the message's file without its flags. Between the percent sign and the letter of the first two may stand a width, with zeros before it (<c>08</c>), and <c>X</c> for hexadecimal digits, in small letters as Dovecot writes them.</param>
    /// <exception cref="ArgumentException">It is none, or gives all messages the same id.</exception>
    public static UidlFormat Parse(string text)
    {
        if (Names.TryGetValue(text, out var named))
            text = named;

        var parts = new List<(string, char, bool, int, bool)>();
        var literal = new StringBuilder();
        for (var at = 0; at < text.Length; at++)
        {
            if (text[at] is < '!' or > '~')
                throw Bad(text, $"character {at + 1} cannot be in a unique id (RFC 1939 section 7)");
            if (text[at] != '%' || text.AsSpan(at).StartsWith("%%"))
            {
                literal.Append(text[at]);
                at += text[at] == '%' ? 1 : 0;
                continue;
            }

            var start = at++;
            var zeros = at < text.Length && text[at] == '0';
            var digits = at;
            while (at < text.Length && char.IsAsciiDigit(text[at]))
                at++;
            var hex = at + 1 < text.Length && text[at] == 'X';
            at += hex ? 1 : 0;
            var width = digits == at - (hex ? 1 : 0) ? 0 : int.Parse(text.AsSpan(digits, Math.Min(9, at - (hex ? 1 : 0) - digits)), CultureInfo.InvariantCulture);
            if (at >= text.Length || text[at] is not ('u' or 'v' or 'f' or 'g'))
                throw Bad(text, $"'{text[start..Math.Min(text.Length, at + 1)]}' is no variable: %u, %v, %f and %g are");
            if (width > MaxLength || (text[at] is 'f' or 'g' && at - start > 1))
                throw Bad(text, $"'{text[start..(at + 1)]}' has a width or a base that it cannot have");

            parts.Add((literal.ToString(), text[at], hex, width, zeros));
            literal.Clear();
        }

        if (!parts.Exists(part => part.Item2 is not 'v'))
            throw Bad(text, "it would give all messages of a mailbox the same unique id: have %u, %f or %g in it");
        parts.Add((literal.ToString(), '\0', false, 0, false));
        return new UidlFormat(text, [.. parts]);
    }

    /// <summary>The unique id of a message.</summary>
    /// <remarks>One that no id may be, because it is too long or the file's name holds what no id may, is the SHA-256 of it.</remarks>
    public string Make(MailboxMessage message, uint uidValidity)
    {
        // What nearly all have, without the detours.
        if (Text == "%08Xu%08Xv")
            return string.Create(CultureInfo.InvariantCulture, $"{message.Uid:x8}{uidValidity:x8}");

        var id = new StringBuilder();
        foreach (var part in _parts)
        {
            id.Append(part.Text).Append(part.Variable switch
            {
                'u' => Number(message.Uid, part),
                'v' => Number(uidValidity, part),
                '\0' => "",
                _ => message.FileName,
            });
        }

        var made = id.ToString();
        return made.Length <= MaxLength && !made.AsSpan().ContainsAnyExceptInRange('!', '~')
            ? made
            : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(made)));
    }

    /// <inheritdoc/>
    public override string ToString() => Text;

    private static string Number(uint number, (string Text, char Variable, bool Hex, int Width, bool Zeros) part)
    {
        var digits = number.ToString(part.Hex ? "x" : "D", CultureInfo.InvariantCulture);
        // Without zeros there is nothing that could fill it up: a space cannot be in a unique id. Dovecot cuts what is longer, to its last digits.
        return part.Width == 0 ? digits
            : digits.Length > part.Width ? digits[^part.Width..]
            : part.Zeros ? digits.PadLeft(part.Width, '0')
            : digits;
    }

    private static ArgumentException Bad(string text, string why) =>
        new($"'{text}' is no format of unique ids: {why}. Write it as Dovecot's pop3_uidl_format, or name one of {string.Join(", ", Names.Keys)}.");
}
