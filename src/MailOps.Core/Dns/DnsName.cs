using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;

namespace MailOps.Dns;

/// <summary>A domain name in both of its forms: as people write it and as DNS asks for it.</summary>
public sealed record DnsName
{
    // UTS 46, not transitional: "faß" stays itself. STD 3 rules are checked here, since service labels have an underscore.
    private static readonly IdnMapping Idn = new() { AllowUnassigned = false, UseStd3AsciiRules = false };

    private DnsName(string text, string ascii, string unicode)
    {
        Text = text;
        Ascii = ascii;
        Unicode = unicode;
    }

    /// <summary>The name as it was given, without surrounding space, the local part of an address, and a dot at the end.</summary>
    public string Text { get; }

    /// <summary>The name for the wire: lower case, A-labels (<c>xn--</c>) where needed, no dot at the end (RFC 5890).</summary>
    public string Ascii { get; }

    /// <summary>The name with U-labels. The same as <see cref="Ascii"/> if no label is internationalised.</summary>
    public string Unicode { get; }

    /// <summary>
    /// Reads a domain as people write it: Unicode or punycode, with space around it, with a dot at the end, or as an
    /// e-mail address whose domain is meant.
    /// </summary>
    /// <param name="input">The text.</param>
    /// <param name="name">The name, if the text is one.</param>
    /// <param name="error">What is wrong with it otherwise, as a sentence.</param>
    public static bool TryParse(string? input, [NotNullWhen(true)] out DnsName? name, [NotNullWhen(false)] out string? error)
    {
        name = null;
        var text = (input ?? "").Trim();
        if (text.LastIndexOf('@') is >= 0 and var at)
            text = text[(at + 1)..].TrimEnd('>').Trim();
        if (text.Length > 1 && IsDot(text[^1]))
            text = text[..^1];

        if (text.Length == 0)
            error = "The name is empty. Give a domain such as example.org.";
        else if (text[0] == '[' || IPAddress.TryParse(text, out _))
            error = $"'{text}' is an address, not a domain name: an address has no records of its own. Give a domain such as example.org.";
        else if (!TryMap(text, out var ascii, out error) || !TryLabels(text, ascii, out error))
            return false;
        else
            name = new DnsName(text, ascii, ToUnicode(ascii));

        return name is not null;
    }

    /// <summary>Reads a name that must be valid. Throws <see cref="FormatException"/> with the reason otherwise.</summary>
    public static DnsName Parse(string input) =>
        TryParse(input, out var name, out var error) ? name : throw new FormatException(error);

    /// <summary>The name as it was given.</summary>
    public override string ToString() => Text;

    /// <summary>Names are equal if they are the same on the wire.</summary>
    public bool Equals(DnsName? other) => other is not null && string.Equals(Ascii, other.Ascii, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override int GetHashCode() => Ascii.GetHashCode(StringComparison.Ordinal);

    /// <summary>The Unicode form of a name from the wire; the name itself where an A-label does not decode.</summary>
    internal static string ToUnicode(string ascii)
    {
        if (!ascii.Contains("xn--", StringComparison.OrdinalIgnoreCase))
            return ascii;

        try
        {
            return Idn.GetUnicode(ascii);
        }
        catch (ArgumentException)
        {
            return ascii;
        }
    }

    private static bool TryMap(string text, out string ascii, [NotNullWhen(false)] out string? error)
    {
        error = null;
        ascii = text.ToLowerInvariant();
        if (System.Text.Ascii.IsValid(text))
            return true;

        try
        {
            ascii = Idn.GetAscii(text).ToLowerInvariant();
            return true;
        }
        catch (ArgumentException)
        {
            error = $"'{text}' is not a valid internationalised domain name: it has a character that IDNA (UTS 46) does not allow, an empty label, or a label longer than 63 octets in punycode.";
            return false;
        }
    }

    private static bool TryLabels(string text, string ascii, [NotNullWhen(false)] out string? error)
    {
        error = null;
        if (ascii.Length > 253)
        {
            error = $"'{text[..32]}…' is {ascii.Length} octets long; a domain name has 253 at the most (RFC 1035 section 2.3.4).";
            return false;
        }

        foreach (var range in ascii.AsSpan().Split('.'))
        {
            var label = ascii.AsSpan()[range];
            if (label.IsEmpty)
                error = $"'{text}' has an empty label: two dots in a row, or a dot at the start.";
            else if (label.Length > 63)
                error = $"'{text}' has a label of {label.Length} octets; 63 are allowed (RFC 1035 section 2.3.4).";
            else if (label[0] == '-' || label[^1] == '-')
                error = $"'{text}' has a label that begins or ends with a hyphen (RFC 1123 section 2.1).";
            else if (label.IndexOfAnyExcept(LabelCharacters) is >= 0 and var bad)
                error = $"'{text}' has the character {Show(label[bad])}, which no domain name of a host has; letters, digits, hyphen and underscore are allowed.";
            if (error is not null)
                return false;
        }

        return true;
    }

    private static readonly System.Buffers.SearchValues<char> LabelCharacters =
        System.Buffers.SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-_");

    private static string Show(char c) =>
        char.IsControl(c) || char.IsWhiteSpace(c) ? string.Create(CultureInfo.InvariantCulture, $"U+{(int)c:X4}") : $"'{c}'";

    // The dots of IDNA: RFC 3490 section 3.1.
    private static bool IsDot(char c) => c is '.' or '\u3002' or '\uFF0E' or '\uFF61';
}
