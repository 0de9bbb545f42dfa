namespace MailOps.Server.Accounts.Files;

/// <summary>A passwd-file on disk.</summary>
internal sealed class PasswdFile(string path, TimeProvider clock) : AtomicFile<PasswdContent>(path, clock)
{
    /// <summary>The file's name in a store.</summary>
    public const string NameInStore = "users";

    /// <summary>The file of a store.</summary>
    public static PasswdFile InStore(string storePath, TimeProvider clock) => new(System.IO.Path.Combine(storePath, NameInStore), clock);
}
