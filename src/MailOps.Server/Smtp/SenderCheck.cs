namespace MailOps.Server.Smtp;

/// <summary>Whether an account may send as another address than its own ones: its name, the aliases that lead to it, and forms of either with a detail.</summary>
public enum SenderCheck
{
    /// <summary>An account may send as anybody.</summary>
    None,

    /// <summary>MAIL FROM must be an address of the account.</summary>
    Envelope,

    /// <summary>MAIL FROM and every address of the From field must be ones of the account.</summary>
    EnvelopeAndFrom,
}
