using System.Management.Automation;
using System.Net;
using System.Security;
using MailOps.Server.Accounts;

namespace MailOps.Cmdlets.Accounts;

/// <summary>What New-MailAccount and Set-MailAccount share: the ways to give a password.</summary>
public abstract class SecretCommand : MailAccountCommand
{
    private protected const string ByPassword = "Password";
    private protected const string ByCredential = "Credential";
    private protected const string ByHash = "PasswordHash";

    /// <summary>The account's name: a full address, such as joe@contoso.com. Case does not matter.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = ByPassword, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = ByHash, ValueFromPipelineByPropertyName = true)]
    [Alias("Account")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(MailAccountNameCompleter))]
    public string Name { get; set; } = "";

    /// <summary>The password. Asked for if it is not given.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ByPassword, ValueFromPipelineByPropertyName = true)]
    public SecureString? Password { get; set; }

    /// <summary>The account's name and password in one.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ByCredential, ValueFromPipelineByPropertyName = true)]
    [Credential]
    public PSCredential? Credential { get; set; }

    /// <summary>A hash that was made elsewhere, such as by doveadm pw or openssl passwd -6: the scheme in braces and the hash. SCRAM keys cannot be made from it.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ByHash, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string PasswordHash { get; set; } = "";

    /// <summary>The scheme that the password is stored by: ARGON2ID unless it is given, BLF-CRYPT (bcrypt), SHA512-CRYPT, SSHA, SCRAM-SHA-256 or SCRAM-SHA-1.</summary>
    [Parameter(ParameterSetName = ByPassword, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = ByCredential, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(PasswordSchemeCompleter))]
    [ValidateNotNullOrEmpty]
    public string Scheme { get; set; } = "ARGON2ID";

    /// <summary>Stores no keys for SCRAM-SHA-256 beside the hash. A server offers SCRAM only if all of its accounts have keys.</summary>
    [Parameter(ParameterSetName = ByPassword)]
    [Parameter(ParameterSetName = ByCredential)]
    public SwitchParameter NoScramKeys { get; set; }

    /// <summary>The name, from wherever it came.</summary>
    private protected string AccountName => Credential is { } credential && ParameterSetName == ByCredential ? credential.UserName : Name;

    /// <summary>Takes what was given now; hashing, which is slow, is done when the result is called.</summary>
    private protected Func<AccountSecret> CaptureSecret()
    {
        if (ParameterSetName == ByHash)
        {
            var hash = PasswordHash;
            return () => AccountSecret.FromHash(hash);
        }

        var password = new NetworkCredential("", ParameterSetName == ByCredential ? Credential!.Password : Password).Password;
        var (scheme, scram) = (Scheme, !NoScramKeys);
        return () => AccountSecret.FromPassword(password, scheme, scram);
    }
}
