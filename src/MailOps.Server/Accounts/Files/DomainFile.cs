namespace MailOps.Server.Accounts.Files;

/// <summary>The file of domains' rules on disk.</summary>
internal sealed class DomainFile(string path, TimeProvider clock) : AtomicFile<DomainContent>(path, clock)
{
    /// <summary>The file's name in a store.</summary>
    public const string NameInStore = "domains";

    /// <summary>The file of a store.</summary>
    public static DomainFile InStore(string storePath, TimeProvider clock) => new(System.IO.Path.Combine(storePath, NameInStore), clock);
}
