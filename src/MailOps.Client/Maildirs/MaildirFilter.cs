using System.IO.Enumeration;
using MimeKit;

namespace MailOps.Client.Maildirs;

/// <summary>Which messages are meant. What is not set does not matter; what is set holds all at once. Files are read only where fields or text are asked for.</summary>
public sealed class MaildirFilter
{
    /// <summary>UIDs, of which the message has one.</summary>
    public IReadOnlyCollection<uint> Uid { get; init; } = [];

    /// <summary>Flags and keywords that the message has, all of them.</summary>
    public IReadOnlyCollection<string> Flag { get; init; } = [];

    /// <summary>Flags and keywords of which the message has none.</summary>
    public IReadOnlyCollection<string> NotFlag { get; init; } = [];

    /// <summary>The message arrived then or later.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>The message arrived earlier.</summary>
    public DateTimeOffset? Before { get; init; }

    /// <summary>The message has more octets.</summary>
    public long? LargerThan { get; init; }

    /// <summary>The message has fewer octets.</summary>
    public long? SmallerThan { get; init; }

    /// <summary>Names of header fields and what stands in one of that name: a pattern with <c>*</c> and <c>?</c>, or text that is somewhere in it. Without case, encoded words decoded.</summary>
    public IReadOnlyDictionary<string, string> Header { get; init; } = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);

    /// <summary>Text that is somewhere in the header or in a text part, decoded. Without case.</summary>
    public string? Text { get; init; }

    /// <summary>How many messages at the most.</summary>
    public int? First { get; init; }

    internal bool MatchesName(MessageFile file, IReadOnlyList<string> flags) =>
        (Uid.Count == 0 || (file.Uid != 0 && Uid.Contains(file.Uid)))
        && Flag.All(flag => flags.Contains(flag, StringComparer.OrdinalIgnoreCase))
        && !NotFlag.Any(flag => flags.Contains(flag, StringComparer.OrdinalIgnoreCase));

    internal bool MatchesFacts(long size, DateTimeOffset arrived) =>
        !(arrived < Since) && !(arrived >= Before) && !(size <= LargerThan) && !(size >= SmallerThan);

    internal bool MatchesContent(MaildirMessage message) =>
        Header.All(wanted => message.Headers.Any(field => field.Name.Equals(wanted.Key, StringComparison.OrdinalIgnoreCase) && IsLike(field.Value, wanted.Value)))
        && (Text is null || Contains(message, Text));

    private static bool IsLike(string value, string pattern) => pattern.AsSpan().ContainsAny('*', '?')
        ? FileSystemName.MatchesSimpleExpression(pattern, value, ignoreCase: true)
        : value.Contains(pattern, StringComparison.OrdinalIgnoreCase);

    private static bool Contains(MaildirMessage message, string text)
    {
        if (message.Headers.Any(field => field.Value.Contains(text, StringComparison.OrdinalIgnoreCase)))
            return true;
        if (message.Raw is not { } octets)
            return false;

        // Parsed for this look alone: a message that is kept keeps no body.
        using var parsed = MimeMessage.Load(new MemoryStream(octets, writable: false));
        return parsed.BodyParts.OfType<TextPart>().Any(part => part.Text?.Contains(text, StringComparison.OrdinalIgnoreCase) == true);
    }
}
