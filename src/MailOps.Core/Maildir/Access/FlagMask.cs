namespace MailOps.Maildir.Access;

/// <summary>Which flags may be changed (RFC 4314 section 4): \Seen by <c>s</c>, \Deleted by <c>t</c>, all others by <c>w</c>.</summary>
/// <param name="System">The system flags.</param>
/// <param name="Keywords">Whether keywords may be.</param>
internal readonly record struct FlagMask(SystemFlags System, bool Keywords)
{
    private const SystemFlags Others = SystemFlags.Answered | SystemFlags.Flagged | SystemFlags.Draft;

    internal static FlagMask All { get; } = Of(MailboxRights.All);

    internal bool IsEmpty => System == SystemFlags.None && !Keywords;

    /// <summary>Those that rights allow.</summary>
    internal static FlagMask Of(MailboxRights rights) => new(
        (rights.HasFlag(MailboxRights.KeepSeen) ? SystemFlags.Seen : SystemFlags.None)
        | (rights.HasFlag(MailboxRights.DeleteMessages) ? SystemFlags.Deleted : SystemFlags.None)
        | (rights.HasFlag(MailboxRights.WriteFlags) ? Others : SystemFlags.None),
        rights.HasFlag(MailboxRights.WriteFlags));

    /// <summary>Of these flags those that may be changed.</summary>
    internal MessageFlagSet Within(MessageFlagSet flags) => new(flags.System & System, Keywords && !flags.Keywords.IsDefault ? flags.Keywords : []);

    /// <summary>True if one of these flags may be changed.</summary>
    internal bool Allows(MessageFlagSet flags) => (flags.System & System) != SystemFlags.None || (Keywords && !flags.Keywords.IsDefaultOrEmpty);
}
