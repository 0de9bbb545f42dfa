using System.Globalization;
using System.Text;
using MailOps.Messages;

namespace MailOps.Server.Imap.Fetch;

/// <summary>One section of a message as FETCH asks for it: <c>BODY[1.2.HEADER]&lt;0.100&gt;</c>.</summary>
internal sealed class BodySection
{
    /// <summary>Names of header fields in a FETCH at the most: each line of a header is compared with each.</summary>
    public const int MaxFields = 1000;

    /// <summary>The part's number, level by level; empty for the message itself.</summary>
    public required int[] Path { get; init; }

    public SectionKind Kind { get; init; }

    /// <summary>The fields of HEADER.FIELDS and HEADER.FIELDS.NOT.</summary>
    public IReadOnlyList<string> Fields { get; init; } = [];

    /// <summary>Where a partial fetch starts, and how much it takes at the most. Null for the whole section.</summary>
    public (long Start, long Count)? Partial { get; init; }

    /// <summary>True if looking sets \Seen.</summary>
    public bool SetsSeen { get; init; }

    /// <summary>What the response calls it, <c>BODY[HEADER]&lt;0&gt;</c>.</summary>
    public byte[] ResponseName { get; private init; } = [];

    /// <summary>The fields, if digests keep all of them and the section is of the message's own header; otherwise null.</summary>
    public IReadOnlyList<HeaderField>? KeptFields { get; private init; }

    /// <summary>True if only the message's own header must be read to find it.</summary>
    public bool NeedsHeader => Path.Length == 0 && Kind is not (SectionKind.Whole or SectionKind.Binary or SectionKind.BinarySize);

    /// <summary>The section under a name of RFC 822's: RFC822, RFC822.HEADER, RFC822.TEXT.</summary>
    public static BodySection Rfc822(string name, SectionKind kind) =>
        new() { Path = [], Kind = kind, SetsSeen = kind != SectionKind.Header, ResponseName = Encoding.ASCII.GetBytes(name) };

    /// <summary>Reads what follows BODY or BODY.PEEK.</summary>
    public static bool TryParse(ref ImapReader reader, bool peek, out BodySection section)
    {
        section = null!;
        if (!reader.Is('['))
            return false;

        var path = new List<int>();
        while (reader.NonZero(out var number))
        {
            if (number > int.MaxValue || path.Count > MessageStructure.MaxDepth)
                return false;
            path.Add((int)number);
            if (reader.Sees(']'))
                break;
            if (!reader.Is('.') || reader.Sees(']'))
                return false;
        }

        var kind = SectionKind.Whole;
        IReadOnlyList<string> fields = [];
        if (!reader.Sees(']') && !TryParseText(ref reader, path.Count > 0, out kind, out fields))
            return false;
        if (!reader.Is(']') || !TryParsePartial(ref reader, out var partial))
            return false;

        section = new BodySection
        {
            Path = [.. path],
            Kind = kind,
            Fields = fields,
            Partial = partial,
            SetsSeen = !peek,
            KeptFields = path.Count == 0 && kind == SectionKind.HeaderFields ? KeptAmong(fields) : null,
            ResponseName = NameOf(path, kind, fields, partial),
        };
        return true;
    }

    /// <summary>Reads what follows BINARY, BINARY.PEEK or BINARY.SIZE (RFC 3516 section 4.2).</summary>
    public static bool TryParseBinary(ref ImapReader reader, string name, out BodySection section)
    {
        section = null!;
        if (!reader.Is('[') || !TryParsePath(ref reader, out var path) || !reader.Is(']'))
            return false;
        var kind = name == "BINARY.SIZE" ? SectionKind.BinarySize : SectionKind.Binary;
        (long Start, long Count)? partial = null;
        if (kind == SectionKind.Binary && !TryParsePartial(ref reader, out partial))
            return false;

        var start = partial is { } present ? FormattableString.Invariant($"<{present.Start}>") : "";
        section = new BodySection
        {
            Path = [.. path],
            Kind = kind,
            Partial = partial,
            SetsSeen = name == "BINARY",
            ResponseName = Encoding.ASCII.GetBytes($"{(kind == SectionKind.Binary ? "BINARY" : name)}[{string.Join('.', path)}]{start}"),
        };
        return true;
    }

    private static bool TryParsePath(ref ImapReader reader, out List<int> path)
    {
        path = [];
        if (reader.Sees(']'))
            return true;
        do
        {
            if (!reader.NonZero(out var number) || number > int.MaxValue || path.Count > MessageStructure.MaxDepth)
                return false;
            path.Add((int)number);
        }
        while (reader.Is('.'));
        return true;
    }

    private static bool TryParseText(ref ImapReader reader, bool insidePart, out SectionKind kind, out IReadOnlyList<string> fields)
    {
        fields = [];
        kind = SectionKind.Whole;
        if (!reader.Word(out var word))
            return false;

        kind = word switch
        {
            "HEADER" => SectionKind.Header,
            "HEADER.FIELDS" => SectionKind.HeaderFields,
            "HEADER.FIELDS.NOT" => SectionKind.HeaderFieldsNot,
            "TEXT" => SectionKind.Text,
            "MIME" when insidePart => SectionKind.Mime,
            _ => SectionKind.Whole,
        };
        return kind is SectionKind.HeaderFields or SectionKind.HeaderFieldsNot ? TryParseFields(ref reader, out fields) : kind != SectionKind.Whole;
    }

    private static bool TryParseFields(ref ImapReader reader, out IReadOnlyList<string> fields)
    {
        var names = new List<string>();
        fields = names;
        if (!reader.Space() || !reader.Is('('))
            return false;
        do
        {
            if (names.Count == MaxFields || !reader.AString(out var name))
                return false;
            names.Add(name);
        }
        while (reader.Space());
        return reader.Is(')');
    }

    private static bool TryParsePartial(ref ImapReader reader, out (long Start, long Count)? partial)
    {
        partial = null;
        if (!reader.Is('<'))
            return true;
        if (!(reader.Number64(out var start) && reader.Is('.') && reader.Number64(out var count) && count > 0 && reader.Is('>')))
            return false;
        partial = (start, Math.Min(count, long.MaxValue - start));
        return true;
    }

    private static HeaderField[]? KeptAmong(IReadOnlyList<string> fields)
    {
        var kept = fields.Select(HeaderFieldNames.Find).ToArray();
        return kept.Contains(HeaderField.None) ? null : kept;
    }

    private static byte[] NameOf(List<int> path, SectionKind kind, IReadOnlyList<string> fields, (long Start, long Count)? partial)
    {
        var name = new StringBuilder("BODY[").AppendJoin('.', path);
        if (kind != SectionKind.Whole)
        {
            if (path.Count > 0)
                name.Append('.');
            name.Append(kind switch
            {
                SectionKind.Header => "HEADER",
                SectionKind.HeaderFields => "HEADER.FIELDS",
                SectionKind.HeaderFieldsNot => "HEADER.FIELDS.NOT",
                SectionKind.Text => "TEXT",
                _ => "MIME",
            });
        }

        if (fields.Count > 0)
            name.Append(" (").AppendJoin(' ', fields.Select(Quoted)).Append(')');
        name.Append(']');
        if (partial is { } present)
            name.Append(CultureInfo.InvariantCulture, $"<{present.Start}>");
        return Encoding.UTF8.GetBytes(name.ToString());
    }

    // A field name is an atom as a rule; what is not is echoed as a quoted string, and what that cannot carry is left out.
    private static string Quoted(string field)
    {
        if (field.Length > 0 && !field.AsSpan().ContainsAnyExceptInRange('!', '~') && !field.AsSpan().ContainsAny("(){%*\"\\]"))
            return field;
        var plain = string.Concat(field.Where(c => c is >= ' ' and <= '~'));
        return "\"" + plain.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + "\"";
    }
}

/// <summary>The kinds of section (RFC 3501 section 6.4.5, RFC 3516 section 4.2).</summary>
internal enum SectionKind
{
    Whole,
    Header,
    HeaderFields,
    HeaderFieldsNot,
    Text,
    Mime,

    /// <summary>A part without its encoding.</summary>
    Binary,

    /// <summary>How many octets that has.</summary>
    BinarySize,
}
