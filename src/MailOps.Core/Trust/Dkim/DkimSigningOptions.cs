namespace MailOps.Trust.Dkim;

/// <summary>How messages are signed.</summary>
internal sealed record DkimSigningOptions
{
    /// <summary>Of the header.</summary>
    public DkimCanonicalization Header { get; init; } = DkimCanonicalization.Relaxed;

    /// <summary>Of the body.</summary>
    public DkimCanonicalization Body { get; init; } = DkimCanonicalization.Relaxed;

    /// <summary>How long a signature holds: the tag x. Null leaves it out.</summary>
    public TimeSpan? Lifetime { get; init; }

    /// <summary>The longest header that is kept, in octets. A message with a longer one is not signed.</summary>
    public int MaxHeaderOctets { get; init; } = 1024 * 1024;
}
