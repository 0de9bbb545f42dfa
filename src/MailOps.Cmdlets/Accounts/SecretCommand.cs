using System.Management.Automation;
using System.Management.Automation.Host;
using System.Net;
using System.Security;
using MailOps.Cmdlets.Runtime;
using MailOps.Server.Accounts;

namespace MailOps.Cmdlets.Accounts;

/// <summary>What New-MailAccount and Set-MailAccount share: the ways to give a password.</summary>
public abstract class SecretCommand : MailAccountCommand
{
    private protected const string ByName = "Name";
    private protected const string ByCredential = "Credential";

    /// <summary>The account's name: a full address, such as joe@contoso.com. Case does not matter.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = ByName, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Account")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(MailAccountNameCompleter))]
    public string Name { get; set; } = "";

    /// <summary>The password. Asked for if neither it nor a hash is given.</summary>
    [Parameter(ParameterSetName = ByName, ValueFromPipelineByPropertyName = true)]
    public SecureString? Password { get; set; }

    /// <summary>A hash that was made elsewhere, in the place of a password, such as by doveadm pw or openssl passwd -6: the scheme in braces and the hash. SCRAM keys cannot be made from it.</summary>
    [Parameter(ParameterSetName = ByName, ValueFromPipelineByPropertyName = true)]
    public string? PasswordHash { get; set; }

    /// <summary>The account's name and password in one.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ByCredential, ValueFromPipelineByPropertyName = true)]
    [Credential]
    public PSCredential? Credential { get; set; }

    /// <summary>The scheme that the password is stored by: ARGON2ID unless it is given, BLF-CRYPT (bcrypt), SHA512-CRYPT, SSHA, SCRAM-SHA-256 or SCRAM-SHA-1.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(PasswordSchemeCompleter))]
    [ValidateNotNullOrEmpty]
    public string Scheme { get; set; } = "ARGON2ID";

    /// <summary>Stores no keys for SCRAM-SHA-256 beside the hash. A server offers SCRAM only if all of its accounts have keys.</summary>
    [Parameter]
    public SwitchParameter NoScramKeys { get; set; }

    /// <summary>The name, from wherever it came.</summary>
    private protected string AccountName => ParameterSetName == ByCredential ? Credential!.UserName : Name;

    /// <summary>Takes what was given now; hashing, which is slow, is done when the result is called. Null if an error was written.</summary>
    private protected Func<AccountSecret>? CaptureSecret()
    {
        if (!string.IsNullOrEmpty(PasswordHash) && ParameterSetName == ByName)
            return CaptureHash(PasswordHash);

        var given = ParameterSetName == ByCredential ? Credential!.Password : Password ?? AskForPassword();
        if (given is null)
            return null;

        var password = new NetworkCredential("", given).Password;
        var (scheme, scram) = (Scheme, !NoScramKeys);
        return () => AccountSecret.FromPassword(password, scheme, scram);
    }

    private Func<AccountSecret>? CaptureHash(string hash)
    {
        var bound = MyInvocation.BoundParameters;
        if (Password is null && !bound.ContainsKey(nameof(Scheme)) && !bound.ContainsKey(nameof(NoScramKeys)))
            return () => AccountSecret.FromHash(hash);

        WriteError(ErrorRecords.Finding("PasswordHashNotAlone", ErrorCategory.InvalidArgument, "A password hash stands in the place of a password and names its own scheme: leave out -Password, -Scheme and -NoScramKeys.", AccountName));
        return null;
    }

    private SecureString? AskForPassword()
    {
        try
        {
            Host.UI.Write($"Password for {AccountName}: ");
            return Host.UI.ReadLineAsSecureString();
        }
        catch (Exception e) when (e is PSInvalidOperationException or NotImplementedException or HostException)
        {
            WriteError(ErrorRecords.Finding("PasswordMissing", ErrorCategory.InvalidArgument, "There is nobody to ask for the password. Give it with -Password, -Credential or -PasswordHash.", AccountName));
            return null;
        }
    }
}
