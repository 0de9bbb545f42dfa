using MailOps.Server.Accounts.Tokens;

namespace MailOps.Server.Hosting.Configuration;

/// <summary>The table <c>Authentication.Tokens</c>: which OAuth access tokens are taken.</summary>
internal static class TokenSettings
{
    internal const string Name = "Authentication.Tokens";

    private static readonly string[] Keys = ["KeyPath", "Issuer", "Audience", "Claim"];

    internal static Func<MailServerOptions, MailServerOptions>? Read(Setting setting, SettingReader reader)
    {
        if (SettingTable.Open(setting, Keys, "Tokens = @{ KeyPath = 'jwks.json'; Issuer = 'https://login.example.com'; Audience = 'mail' }", reader) is not { } table)
            return null;
        foreach (var key in Keys.Where(key => key != "Claim" && table[key] is null).ToList())
        {
            reader.Add(setting, $"{setting.Name} has no {key}. Tokens are taken that the keys of KeyPath (the issuer's JWKS file) have signed, that Issuer has made, and for Audience.");
            return null;
        }

        var (path, issuer, audiences) = (reader.PathOf(table["KeyPath"]!), reader.Text(table["Issuer"]!), reader.Texts(table["Audience"]!));
        var claim = table["Claim"] is { } named ? reader.Text(named) : null;
        if (path is null || issuer is null || audiences is null)
            return null;
        var rules = new TokenRules { Issuer = issuer, Audiences = audiences };
        try
        {
            var validator = new JwksTokenValidator(path, claim is null ? rules : rules with { Claim = claim }, TimeProvider.System);
            return options => options with { Authentication = options.Authentication with { Tokens = validator } };
        }
        catch (Exception e) when (e is ArgumentException or IOException or UnauthorizedAccessException or FormatException)
        {
            reader.Add(setting, $"{setting.Name} cannot be used: {e.Message}");
            return null;
        }
    }
}
