namespace MailOps.Server.Accounts.Files;

/// <summary>What a small text file of a store holds. A change gives another content; what is not touched keeps every octet.</summary>
internal interface IFileContent<TSelf>
    where TSelf : class, IFileContent<TSelf>
{
    /// <summary>Reads a whole file. Broken lines are kept, and told as problems.</summary>
    static abstract TSelf Read(ReadOnlyMemory<byte> octets);

    /// <summary>The whole file.</summary>
    byte[] ToBytes();
}
