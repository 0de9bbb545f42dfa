namespace MailOps.Smtp;

/// <summary>What a sender wants to hear of a recipient: NOTIFY (RFC 3461 section 4.1).</summary>
[Flags]
internal enum DsnNotify
{
    /// <summary>Nothing was said: failures, and delays if the server likes.</summary>
    Unsaid = 0,

    /// <summary>Nothing at all.</summary>
    Never = 1,

    /// <summary>That it was delivered.</summary>
    Success = 2,

    /// <summary>That it could not be.</summary>
    Failure = 4,

    /// <summary>That it takes long.</summary>
    Delay = 8,
}
