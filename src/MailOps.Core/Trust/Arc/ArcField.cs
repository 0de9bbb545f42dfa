using System.Text;
using MailOps.Messages;

namespace MailOps.Trust.Arc;

/// <summary>A field of a chain.</summary>
/// <param name="Kind">Which.</param>
/// <param name="Instance">The set that it is of, or null if it does not say.</param>
/// <param name="Tags">Its tags: of ARC-Authentication-Results the instance alone. Null if they cannot be read.</param>
/// <param name="Line">The whole field with its line end.</param>
internal sealed record ArcField(ArcFieldKind Kind, int? Instance, IReadOnlyDictionary<string, string>? Tags, byte[] Line)
{
    /// <summary>The fields' names, by kind.</summary>
    public static IReadOnlyList<string> Names { get; } = ["ARC-Authentication-Results", "ARC-Message-Signature", "ARC-Seal"];

    /// <summary>A tag's value, or null.</summary>
    public string? this[string tag] => Tags?.GetValueOrDefault(tag);

    /// <summary>Reads a field; null for one of another name.</summary>
    /// <param name="scanner">A header, at the field.</param>
    public static ArcField? TryRead(HeaderScanner scanner)
    {
        for (var kind = 0; kind < Names.Count; kind++)
        {
            if (!Ascii.EqualsIgnoreCase(scanner.Name, Encoding.ASCII.GetBytes(Names[kind])))
                continue;
            var value = Encoding.UTF8.GetString(scanner.Value);
            var tags = ArcTags.TryRead((ArcFieldKind)kind is ArcFieldKind.Results ? First(value) : value);
            return new ArcField((ArcFieldKind)kind, ArcTags.Instance(tags?.GetValueOrDefault("i")), tags, scanner.Line.ToArray());
        }

        return null;
    }

    // What follows is what a server found, in a grammar of its own; a comment may stand before the semicolon.
    private static string First(string value)
    {
        var end = value.IndexOfAny([';', '(']);
        return value.Contains(';', StringComparison.Ordinal) ? value[..end] : "";
    }
}
