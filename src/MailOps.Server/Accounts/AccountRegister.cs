using System.Security.Cryptography;
using MailOps.Maildir.Names;
using MailOps.Sasl;
using MailOps.Server.Accounts.Files;
using MailOps.Server.Accounts.Schemes;

namespace MailOps.Server.Accounts;

/// <summary>
/// The accounts of a store for those who administer them. Every change is durable when the call returns and is seen by a
/// running server with its next question; several processes may change the same file.
/// </summary>
public sealed class AccountRegister
{
    private static readonly ScramHash[] ScramHashes = [ScramHash.Sha256, ScramHash.Sha1];

    private readonly PasswdFile _file;
    private readonly string _storePath;

    /// <summary>The accounts of a store, which need not exist yet.</summary>
    /// <param name="storePath">The store's folder, as an absolute path.</param>
    public AccountRegister(string storePath)
    {
        _storePath = Path.GetFullPath(storePath);
        _file = PasswdFile.InStore(_storePath, TimeProvider.System);
    }

    /// <summary>The file of accounts.</summary>
    public string FilePath => _file.Path;

    /// <summary>The canonical form of a name.</summary>
    /// <exception cref="AccountException">No account can have that name.</exception>
    public static string CanonicalName(string name) =>
        AccountName.TryParse(name, defaultDomain: null, out var canonical)
            ? canonical
            : throw new AccountException(AccountFault.InvalidName,
                $"'{name}' cannot be the name of an account. Write local@domain: letters, digits, dots and the signs of an unquoted address before the at sign, a host name after it.");

    /// <summary>All accounts and all problems of the file.</summary>
    /// <exception cref="AccountException">There is no such store, or its file cannot be read.</exception>
    public AccountListing List()
    {
        var content = Read();
        return new AccountListing(_file.Path, [.. content.Entries.Where(entry => AccountName.TryParse(entry.Name, "bare.invalid", out _)).Select(Record)], [.. content.Problems]);
    }

    /// <summary>The account of that name, or null.</summary>
    /// <exception cref="AccountException">There is no such store, or its file cannot be read.</exception>
    public AccountRecord? Find(string name) => Read().Find(name) is { } entry ? Record(entry) : null;

    /// <summary>Adds an account. Makes the store's folder and the file if they are missing.</summary>
    /// <exception cref="AccountException">The name is taken or is none, or the file cannot be written.</exception>
    public Task<AccountRecord> AddAsync(string name, AccountSecret secret, CancellationToken cancel)
    {
        var entry = PasswdEntry.Create(CanonicalName(name), secret);
        return ChangeAsync(
            makeStore: true,
            content => content.Find(entry.Name) is null
                ? (Begun(content).With(entry), entry)
                : throw new AccountException(AccountFault.Exists, $"There is an account '{entry.Name}' in '{_file.Path}' already. Change it with Set-MailAccount."),
            cancel);
    }

    /// <summary>Gives an account another password. What else the file holds about it stays.</summary>
    /// <exception cref="AccountException">There is no such account, or the file cannot be written.</exception>
    public Task<AccountRecord> ReplaceSecretAsync(string name, AccountSecret secret, CancellationToken cancel) =>
        ChangeAsync(
            makeStore: false,
            content =>
            {
                var entry = (content.Find(name) ?? throw NotFound(name)).With(secret);
                return (content.With(entry), entry);
            },
            cancel);

    /// <summary>Locks an account, so that nobody logs in to it, or takes the lock off. Mail for it is taken as before.</summary>
    /// <exception cref="AccountException">There is no such account, or the file cannot be written.</exception>
    public Task<AccountRecord> LockAsync(string name, bool isLocked, CancellationToken cancel) =>
        ChangeAsync(
            makeStore: false,
            content =>
            {
                var entry = content.Find(name) ?? throw NotFound(name);
                entry = isLocked ? entry.Locked() : entry.Unlocked();
                return (content.With(entry), entry);
            },
            cancel);

    /// <summary>Removes an account. Its mail stays.</summary>
    /// <exception cref="AccountException">There is no such account, or the file cannot be written.</exception>
    public Task<AccountRecord> RemoveAsync(string name, CancellationToken cancel) =>
        ChangeAsync(
            makeStore: false,
            content =>
            {
                var entry = content.Find(name) ?? throw NotFound(name);
                return (content.Without(name), entry);
            },
            cancel);

    /// <summary>Deletes the mail of an account that was removed. Links inside are deleted, what they lead to is not.</summary>
    /// <exception cref="AccountException">Not all of it could be deleted.</exception>
    public void RemoveMail(AccountRecord removed)
    {
        if (removed.MailPath is not { } path)
            throw new AccountException(AccountFault.MailNotRemoved, $"The account '{removed.Name}' is removed. Its name has no domain, so where its mail lies depends on the server: remove it by hand below '{_storePath}'.");

        try
        {
            if (Directory.Exists(path))
                Directory.Delete(path, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new AccountException(AccountFault.MailNotRemoved, $"The account '{removed.Name}' is removed, but not all of its mail in '{path}': {e.Message}", e);
        }
    }

    private async Task<AccountRecord> ChangeAsync(bool makeStore, Func<PasswdContent, (PasswdContent Content, PasswdEntry Entry)> change, CancellationToken cancel)
    {
        PasswdEntry? changed = null;
        try
        {
            if (makeStore)
                MakeStore();
            else
                RequireStore();
            await _file.UpdateAsync(
                content =>
                {
                    (content, changed) = change(content);
                    return content;
                },
                cancel);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new AccountException(AccountFault.FileUnavailable, $"The file of accounts '{_file.Path}' cannot be changed: {e.Message}", e);
        }

        return Record(changed!);
    }

    private PasswdContent Read()
    {
        RequireStore();
        try
        {
            return _file.Read();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new AccountException(AccountFault.FileUnavailable, $"The file of accounts '{_file.Path}' cannot be read: {e.Message}", e);
        }
    }

    private void RequireStore()
    {
        if (!Directory.Exists(_storePath))
            throw new AccountException(AccountFault.StoreNotFound, $"There is no mail store at '{_storePath}'. New-MailAccount or Start-MailServer makes one.");
    }

    private void MakeStore()
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(_storePath);
        else
            Directory.CreateDirectory(_storePath, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private static PasswdContent Begun(PasswdContent content) =>
        content != PasswdContent.Empty && content.ToBytes().Length > 0
            ? content
            : content
                .WithComment("Accounts of this mail store, in the format of Dovecot's passwd-file. A running server sees changes at once.")
                .WithComment(AccountSnapshot.DecoyComment + Convert.ToHexString(RandomNumberGenerator.GetBytes(32)) + " (makes logins of unknown users look like those of known ones)");

    private AccountRecord Record(PasswdEntry entry)
    {
        var name = AccountName.TryParse(entry.Name, defaultDomain: null, out var canonical) ? canonical : entry.Name.ToLowerInvariant();
        var mail = canonical is not null && AccountPath.TryToDirectory(canonical, out var directory) ? Path.Combine(_storePath, "mail", directory) : null;
        return new AccountRecord(
            name,
            entry.Scheme,
            PasswordSchemes.TryRead(entry.Password, out _, out _),
            [.. ScramHashes.Where(hash => entry.FindScramKeys(name, hash) is not null).Select(hash => hash.Mechanism)],
            mail,
            entry.IsLocked);
    }

    private AccountException NotFound(string name) =>
        new(AccountFault.NotFound, $"There is no account '{name}' in '{_file.Path}'. Get-MailAccount lists those there are.");
}
