using MailOps.Sasl;
using MailOps.Server.Accounts.Schemes;

namespace MailOps.Server.Accounts.Files;

/// <summary>
/// One account in a passwd-file: <c>name:password:uid:gid:gecos:home:shell:extra fields</c>, the extra fields
/// <c>key=value</c> apart by spaces. All but name, password and our own extra fields is kept as it stands.
/// </summary>
internal sealed class PasswdEntry
{
    private const int FieldCount = 8;
    private const int NameField = 0;
    private const int PasswordField = 1;
    private const int ExtraField = 7;
    private const string Lock = "!";
    private const string LockedField = "mailops_locked_";

    /// <summary>
    /// Extra fields that hold SCRAM keys in Dovecot's form, by mechanism. Dovecot does not know them: it hands them on to
    /// the process that asked, after a right password only, and nothing there looks at them.
    /// </summary>
    private static readonly (ScramHash Hash, string Key)[] ScramFields = [(ScramHash.Sha256, ScramField(ScramHash.Sha256)), (ScramHash.Sha1, ScramField(ScramHash.Sha1))];

    private readonly string[] _fields;

    private PasswdEntry(string[] fields) => _fields = fields;

    /// <summary>An account with nothing but a name and secrets.</summary>
    public static PasswdEntry Create(string name, AccountSecret secret)
    {
        var fields = new string[FieldCount];
        Array.Fill(fields, string.Empty);
        fields[NameField] = name;
        return new PasswdEntry(fields).With(secret);
    }

    /// <summary>The name as it stands in the file.</summary>
    public string Name => _fields[NameField];

    /// <summary>The password field: a scheme and a hash.</summary>
    public string Password => _fields[PasswordField];

    /// <summary>The scheme's name, or null if the field is empty.</summary>
    public string? Scheme => PasswordSchemes.NameOf(Password);

    /// <summary>Splits a line; null if it has no name or no password field.</summary>
    public static PasswdEntry? Parse(string line)
    {
        var fields = line.Split(':', FieldCount);
        return fields.Length < 2 || fields[NameField].Length == 0 ? null : new PasswdEntry(fields);
    }

    /// <summary>The SCRAM keys for a mechanism, from the password field or beside it; null if there are none.</summary>
    /// <param name="account">The account's canonical name.</param>
    /// <param name="hash">The mechanism's hash.</param>
    public ScramKeys? FindScramKeys(string account, ScramHash hash)
    {
        var scheme = new ScramScheme(hash);
        if (PasswordSchemes.TryRead(Password, out var own, out var stored) && own.Name == scheme.Name)
            return scheme.TryParse(account, stored, out var keys) ? keys : null;

        var prefix = ScramField(hash) + "=";
        foreach (var extra in Extras())
        {
            if (extra.StartsWith(prefix, StringComparison.Ordinal) && scheme.TryParse(account, extra[prefix.Length..], out var beside))
                return beside;
        }

        return null;
    }

    /// <summary>True if the account may log in with something else than its password: it has one that can be checked, or none at all. Whatever else stands in the field locks it.</summary>
    public bool MayLogIn => Password.Length == 0 || PasswordSchemes.TryRead(Password, out _, out _);

    /// <summary>True if <see cref="Locked"/> was here.</summary>
    public bool IsLocked => Password.StartsWith(Lock, StringComparison.Ordinal);

    /// <summary>The same account that nothing logs in to, as passwd -l has it: what it knows stays, and <see cref="Unlocked"/> brings it back.</summary>
    public PasswdEntry Locked() => IsLocked ? this : With(Lock + Password, Extras().Select(extra => IsScram(extra) ? LockedField + extra : extra));

    /// <summary>The same account as before it was locked.</summary>
    public PasswdEntry Unlocked() => IsLocked ? With(Password[Lock.Length..], Extras().Select(extra => extra.StartsWith(LockedField, StringComparison.Ordinal) ? extra[LockedField.Length..] : extra)) : this;

    /// <summary>The password itself where it is stored as it is, or null.</summary>
    public string? FindPlainPassword() =>
        PasswordSchemes.TryRead(Password, out var scheme, out var stored) && scheme is PlainScheme ? stored : null;

    /// <summary>The context for CRAM-MD5, or null where neither it nor the password itself is stored.</summary>
    public byte[]? FindCramMd5Context() =>
        FindPlainPassword() is { } password ? KeyedMd5.ContextOf(password)
        : PasswordSchemes.TryRead(Password, out var scheme, out var stored) && scheme is CramMd5Scheme && CramMd5Scheme.TryParse(stored, out var context) ? context
        : null;

    /// <summary>The same account with other secrets. What the file holds beside them stays.</summary>
    public PasswdEntry With(AccountSecret secret)
    {
        var extras = Extras().Where(extra => !IsScram(extra) && !extra.StartsWith(LockedField, StringComparison.Ordinal))
            .Concat(secret.Beside.Select(keys => $"{ScramField(keys.Key)}={keys.Value}"));
        return With(secret.Stored, extras);
    }

    /// <summary>The line, without its end.</summary>
    public string ToLine() => string.Join(':', _fields);

    private PasswdEntry With(string password, IEnumerable<string> extras)
    {
        var fields = new string[FieldCount];
        Array.Fill(fields, string.Empty);
        _fields.CopyTo(fields, 0);
        fields[PasswordField] = password;
        fields[ExtraField] = string.Join(' ', extras);
        return new PasswdEntry(fields);
    }

    private static bool IsScram(string extra) => ScramFields.Any(field => extra.StartsWith(field.Key + "=", StringComparison.Ordinal));

    private string[] Extras() => _fields.Length < FieldCount ? [] : _fields[ExtraField].Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static string ScramField(ScramHash hash) => hash == ScramHash.Sha256 ? "mailops_scram_sha256" : "mailops_scram_sha1";
}
