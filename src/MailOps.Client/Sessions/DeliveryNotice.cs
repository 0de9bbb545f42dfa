namespace MailOps.Client.Sessions;

/// <summary>What a sender wants to hear of each recipient (RFC 3461 section 4.1).</summary>
[Flags]
public enum DeliveryNotice
{
    /// <summary>Nothing is said: failures come back, and delays if the server likes.</summary>
    Unsaid = 0,

    /// <summary>That it was delivered.</summary>
    Success = 1,

    /// <summary>That it could not be.</summary>
    Failure = 2,

    /// <summary>That it takes long.</summary>
    Delay = 4,

    /// <summary>Nothing at all, whatever else is named.</summary>
    Never = 8,
}
