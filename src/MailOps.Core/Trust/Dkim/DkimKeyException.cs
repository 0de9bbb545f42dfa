namespace MailOps.Trust.Dkim;

/// <summary>DKIM keys could not be used or changed. Never holds anything of a private key.</summary>
public sealed class DkimKeyException : Exception
{
    /// <summary>With words for the administrator.</summary>
    public DkimKeyException(DkimKeyFault fault, string message, Exception? inner = null)
        : base(message, inner) => Fault = fault;

    /// <summary>Which kind.</summary>
    public DkimKeyFault Fault { get; }
}
