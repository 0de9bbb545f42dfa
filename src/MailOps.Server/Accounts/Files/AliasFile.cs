namespace MailOps.Server.Accounts.Files;

/// <summary>The file of aliases on disk.</summary>
internal sealed class AliasFile(string path, TimeProvider clock) : AtomicFile<AliasContent>(path, clock)
{
    /// <summary>The file's name in a store.</summary>
    public const string NameInStore = "aliases";

    /// <summary>The file of a store.</summary>
    public static AliasFile InStore(string storePath, TimeProvider clock) => new(System.IO.Path.Combine(storePath, NameInStore), clock);
}
