using MailKit;

namespace MailOps.Client.Mailboxes;

/// <summary>Flags as messages have them in text, and as the library has them.</summary>
internal static class MessageFlagNames
{
    private static readonly MessageFlags[] System = [MessageFlags.Seen, MessageFlags.Answered, MessageFlags.Flagged, MessageFlags.Deleted, MessageFlags.Draft, MessageFlags.Recent];

    /// <summary>The names of system flags, with their backslashes.</summary>
    public static IEnumerable<string> Of(MessageFlags flags) => System.Where(flag => flags.HasFlag(flag)).Select(flag => $"\\{flag}");

    /// <summary>The library's flags and the keywords of some names.</summary>
    /// <exception cref="Maildirs.MaildirException">A name can be no flag.</exception>
    public static (MessageFlags System, IReadOnlyCollection<string> Keywords) Parse(IEnumerable<string> names)
    {
        var parsed = Maildirs.MessageFlags.Parse(names);
        var system = MessageFlags.None;
        foreach (var flag in System)
        {
            if (Enum.TryParse<Maildir.SystemFlags>(flag.ToString(), out var known) && parsed.System.HasFlag(known))
                system |= flag;
        }

        return (system, parsed.Keywords);
    }
}
