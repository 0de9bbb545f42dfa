namespace MailOps.Server.Connections.Faults;

/// <summary>What sessions ask before they do something. Where there are no faults the connection has none of these, and nobody asks.</summary>
internal interface IFaults
{
    /// <summary>What is to be played at a command, or at one of the places that <see cref="FaultRule"/> names.</summary>
    /// <param name="c">The connection.</param>
    /// <param name="command">The command, in capitals.</param>
    /// <param name="arguments">What stands behind it, or nothing.</param>
    /// <returns>Null for nothing.</returns>
    FaultAct? At(ServerConnection c, string command, string arguments);

    /// <summary>What is to be played at a TLS handshake: one of the kinds that belong there, or null.</summary>
    FaultKind? AtHandshake(ServerConnection c);

    /// <summary>The certificate that a fault presents.</summary>
    ServerTls Certificate(FaultKind kind);

    /// <summary>True if an OAuth token is to be answered as one that has expired.</summary>
    bool ExpiresToken(ServerConnection c);

    /// <summary>True if a mailbox is to show another UIDVALIDITY than its own.</summary>
    bool SwapsUidValidity(ServerConnection c);
}
