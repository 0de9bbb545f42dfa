using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MailOps.Sasl;
using MailOps.Server.Accounts.Tokens;
using MailOps.Server.Connections;
using MailOps.Server.Hosting;

namespace MailOps.Cmdlets.Servers;

/// <content>Logins by something else than a password: certificates and tokens.</content>
public sealed partial class StartMailServerCommand
{
    private int _clientCertificateNaming;

    /// <summary>PEM files with the certificates of authorities that sign clients' certificates. Each client is then asked for one under TLS, and may log in with it (SASL EXTERNAL). Revocation is not looked up.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] ClientCertificateAuthority { get; set; } = [];

    /// <summary>Which name in a certificate of these authorities is the account's: Email (an address among its alternative names), CommonName, or UserPrincipalName.</summary>
    [Parameter]
    [PSDefaultValue(Value = "Email")]
    public CertificateNaming ClientCertificateNaming
    {
        get => (CertificateNaming)_clientCertificateNaming;
        set => _clientCertificateNaming = (int)value;
    }

    /// <summary>Single certificates of clients by their SHA-256 fingerprint, and the account of each, as @{ 'A1B2...' = 'joe@example.com' }. Whoever has signed them does not matter.</summary>
    [Parameter]
    [ValidateNotNull]
    public IDictionary? ClientCertificateAccount { get; set; }

    /// <summary>A JWKS file with the keys of an OAuth issuer. OAUTHBEARER and XOAUTH2 then take tokens that it signs, under TLS. The file is looked at with each token: replace it when the issuer has new keys.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? TokenKeyPath { get; set; }

    /// <summary>The issuer whose tokens are taken, exactly as their iss claim has it. Needed with -TokenKeyPath.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? TokenIssuer { get; set; }

    /// <summary>What tokens must be made for: one of these is in their aud claim. Needed with -TokenKeyPath.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] TokenAudience { get; set; } = [];

    /// <summary>The claim that names the account.</summary>
    [Parameter]
    [PSDefaultValue(Value = "email")]
    [ValidateNotNullOrEmpty]
    public string TokenClaim { get; set; } = "email";

    /// <summary>Says whose a token is, in the place of -TokenKeyPath. It gets the token and the name that the client gave (or $null), and writes the name of the account, or nothing to refuse. It runs in a runspace of the server's own and sees no variable or function of this session.</summary>
    [Parameter]
    [ValidateNotNull]
    public ScriptBlock? TokenValidator { get; set; }

    /// <summary>How many seconds -TokenValidator has for one token. After that it is stopped and the client is told to try again later.</summary>
    [Parameter]
    [ValidateRange(1, 300)]
    public int TokenTimeoutSeconds { get; set; } = 10;

    private ClientCertificates? Clients()
    {
        if (ClientCertificateAuthority.Length == 0 && ClientCertificateAccount is null)
        {
            return MyInvocation.BoundParameters.ContainsKey(nameof(ClientCertificateNaming))
                ? throw Invalid(nameof(ClientCertificateNaming), "it says which name counts in the certificates of -ClientCertificateAuthority, and there are none. Name their authority.")
                : null;
        }

        var authorities = new X509Certificate2Collection();
        foreach (var path in ClientCertificateAuthority.Select(GetUnresolvedProviderPathFromPSPath))
        {
            try
            {
                var before = authorities.Count;
                authorities.ImportFromPemFile(path);
                if (authorities.Count == before)
                    throw Invalid(nameof(ClientCertificateAuthority), $"'{path}' holds no certificate. Give a PEM file.");
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
            {
                throw Invalid(nameof(ClientCertificateAuthority), $"'{path}' cannot be read: {e.Message} Give a PEM file with the certificate of an authority.", e);
            }
        }

        try
        {
            var accounts = (ClientCertificateAccount ?? new Hashtable()).Cast<DictionaryEntry>()
                .Select(one => KeyValuePair.Create(Text(one.Key), Text(one.Value)));
            return new ClientCertificates(authorities, ClientCertificateNaming, accounts);
        }
        catch (ArgumentException e)
        {
            throw Invalid(ClientCertificateAuthority.Length > 0 && ClientCertificateAccount is null ? nameof(ClientCertificateAuthority) : nameof(ClientCertificateAccount), e.Message, e);
        }

        static string Text(object? value) => Convert.ToString(value is PSObject wrapped ? wrapped.BaseObject : value, CultureInfo.InvariantCulture) ?? "";
    }

    private ITokenValidator? Tokens()
    {
        var bound = MyInvocation.BoundParameters;
        if (TokenValidator is not null)
        {
            string[] others = [nameof(TokenKeyPath), nameof(TokenIssuer), nameof(TokenAudience), nameof(TokenClaim)];
            return others.FirstOrDefault(bound.ContainsKey) is { } other
                ? throw Invalid(other, "it goes with -TokenKeyPath; with -TokenValidator the script decides alone. Give one of the two.")
                : new ScriptTokenValidator(TokenValidator, TimeSpan.FromSeconds(TokenTimeoutSeconds));
        }

        if (bound.ContainsKey(nameof(TokenTimeoutSeconds)))
            throw Invalid(nameof(TokenTimeoutSeconds), "it limits -TokenValidator, which is not given.");
        if (TokenKeyPath is null)
        {
            string[] needing = [nameof(TokenIssuer), nameof(TokenAudience), nameof(TokenClaim)];
            return needing.FirstOrDefault(bound.ContainsKey) is { } lonely
                ? throw Invalid(lonely, "there are no keys to check tokens with. Give -TokenKeyPath, the issuer's JWKS file.")
                : null;
        }

        var path = GetUnresolvedProviderPathFromPSPath(TokenKeyPath);
        try
        {
            return new JwksTokenValidator(path, new TokenRules { Issuer = TokenIssuer ?? "", Audiences = TokenAudience, Claim = TokenClaim }, TimeProvider.System);
        }
        catch (ArgumentException e)
        {
            throw Invalid(TokenIssuer is null ? nameof(TokenIssuer) : nameof(TokenAudience), e.Message, e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
        {
            throw Invalid(nameof(TokenKeyPath), $"the keys in '{path}' cannot be used: {e.Message}", e);
        }
    }

    private static MailServerException Invalid(string parameter, string message, Exception? inner = null) =>
        new(MailServerFault.InvalidOptions, $"-{parameter}: {message}", inner);
}
