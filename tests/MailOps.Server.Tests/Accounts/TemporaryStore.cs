using System.Text;
using MailOps.Server.Accounts.Files;

namespace MailOps.Server.Tests.Accounts;

/// <summary>A folder for one test, with a file of accounts in it, gone afterwards.</summary>
internal sealed class TemporaryStore : IDisposable
{
    public TemporaryStore(string? users = null)
    {
        if (users is not null)
            Write(users);
    }

    public string Path { get; } = Directory.CreateTempSubdirectory("mailops-accounts-").FullName;

    public string UsersPath => System.IO.Path.Combine(Path, PasswdFile.NameInStore);

    public string AliasesPath => System.IO.Path.Combine(Path, AliasFile.NameInStore);

    public string DomainsPath => System.IO.Path.Combine(Path, DomainFile.NameInStore);

    public PasswdFile File => new(UsersPath, TimeProvider.System);

    public void Write(string users) => System.IO.File.WriteAllBytes(UsersPath, Encoding.UTF8.GetBytes(users));

    public void WriteAliases(string aliases) => System.IO.File.WriteAllBytes(AliasesPath, Encoding.UTF8.GetBytes(aliases));

    public void WriteDomains(string domains) => System.IO.File.WriteAllBytes(DomainsPath, Encoding.UTF8.GetBytes(domains));

    public string Read() => System.IO.File.ReadAllText(UsersPath);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
