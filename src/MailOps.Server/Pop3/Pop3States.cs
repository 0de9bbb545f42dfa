namespace MailOps.Server.Pop3;

/// <summary>Where in a session a command is legal (RFC 1939 section 3).</summary>
[Flags]
internal enum Pop3States
{
    /// <summary>Before the login.</summary>
    Authorization = 1,

    /// <summary>After it, with the maildrop open.</summary>
    Transaction = 2,

    /// <summary>At any time.</summary>
    Any = Authorization | Transaction,
}
