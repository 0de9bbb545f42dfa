namespace MailOps.Server.Smtp;

/// <summary>Whether clients log in.</summary>
public enum LoginRule
{
    /// <summary>AUTH is neither offered nor taken.</summary>
    None,

    /// <summary>AUTH is offered.</summary>
    Offered,

    /// <summary>AUTH is offered, and there is no MAIL without it.</summary>
    Required,
}
