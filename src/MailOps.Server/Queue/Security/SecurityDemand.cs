namespace MailOps.Server.Queue.Security;

/// <summary>What a message's sender asks of the connections that it crosses (RFC 8689).</summary>
internal enum SecurityDemand
{
    /// <summary>Nothing: what the domains publish counts, and where they publish nothing TLS is used where it is offered.</summary>
    Usual,

    /// <summary>REQUIRETLS: only over TLS to a server that is known to be the right one, and that asks the same of the next (section 4.2.1).</summary>
    Required,

    /// <summary>TLS-Required: No. To arrive matters more than to be secret: what the domains publish stops nothing (section 4.2.2).</summary>
    Optional,
}
