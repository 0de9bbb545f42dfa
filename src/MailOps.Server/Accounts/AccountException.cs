namespace MailOps.Server.Accounts;

/// <summary>Accounts could not be changed or listed. Never holds a password or a hash.</summary>
public sealed class AccountException : Exception
{
    /// <summary>With words for the administrator.</summary>
    public AccountException(AccountFault fault, string message, Exception? inner = null)
        : base(message, inner) => Fault = fault;

    /// <summary>Which kind.</summary>
    public AccountFault Fault { get; }
}
