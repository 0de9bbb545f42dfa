namespace MailOps.Server.Hosting;

/// <summary>Why a server could not be started.</summary>
public enum MailServerFault
{
    /// <summary>Another program listens on the port.</summary>
    PortInUse,

    /// <summary>The port needs privileges that the process lacks.</summary>
    PortPrivileged,

    /// <summary>The file of a Unix socket cannot be made: something else lies there, or it may not be made there.</summary>
    SocketPathUnusable,

    /// <summary>The address is not one of this machine.</summary>
    AddressUnavailable,

    /// <summary>The store's folder cannot be made or written.</summary>
    StoreNotWritable,

    /// <summary>The certificate cannot be read, has no private key, or does not fit it.</summary>
    CertificateUnusable,

    /// <summary>The options contradict each other.</summary>
    InvalidOptions,
}
