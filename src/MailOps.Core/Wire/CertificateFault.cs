namespace MailOps.Wire;

/// <summary>What is wrong with a server's certificate, as far as the system's authorities and the name go; of several faults the first.</summary>
internal enum CertificateFault
{
    /// <summary>Nothing: it is trusted for the name.</summary>
    None,

    /// <summary>None was presented, or the handshake did not come that far.</summary>
    NotPresented,

    /// <summary>It is for other names.</summary>
    NameMismatch,

    /// <summary>It has expired, or does not hold yet.</summary>
    Expired,

    /// <summary>It leads to no authority that is trusted.</summary>
    NotTrusted,
}
