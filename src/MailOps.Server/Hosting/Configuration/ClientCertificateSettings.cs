using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MailOps.Server.Connections;

namespace MailOps.Server.Hosting.Configuration;

/// <summary>The table <c>ClientCertificates</c>: whose certificates log a client in.</summary>
internal static class ClientCertificateSettings
{
    internal const string Name = "ClientCertificates";

    private static readonly string[] Keys = ["Authority", "Naming", "Accounts"];

    internal static Func<MailServerOptions, MailServerOptions>? Read(Setting setting, SettingReader reader)
    {
        if (SettingTable.Open(setting, Keys, "ClientCertificates = @{ Authority = 'staff-ca.pem' }", reader) is not { } table)
            return null;
        var authorities = table["Authority"] is { } files ? Authorities(files, reader) : [];
        CertificateNaming? naming = table["Naming"] is { } named ? reader.Choice<CertificateNaming>(named) : default(CertificateNaming);
        var accounts = new List<KeyValuePair<string, string>>();
        if (table["Accounts"] is { } given)
        {
            if (given.Members is null)
                reader.Refuse(given, "a table of SHA-256 fingerprints and accounts, as in @{ 'AB12…' = 'ann@example.com' }");
            accounts.AddRange((given.Members ?? []).Select(member => KeyValuePair.Create(member.Key, reader.Text(member) ?? "-")));
        }

        if (authorities is null || naming is null)
            return null;
        try
        {
            var certificates = new ClientCertificates(authorities, naming.Value, accounts);
            return options => options with { ClientCertificates = certificates };
        }
        catch (ArgumentException e)
        {
            reader.Add(setting, $"{setting.Name}: {e.Message}");
            return null;
        }
    }

    private static X509Certificate2Collection? Authorities(Setting files, SettingReader reader)
    {
        var authorities = new X509Certificate2Collection();
        foreach (var file in files.Items ?? [files])
        {
            if (reader.PathOf(file) is not { } path)
                return null;
            try
            {
                var before = authorities.Count;
                authorities.ImportFromPemFile(path);
                if (authorities.Count > before)
                    continue;
                reader.Add(file, $"'{path}' holds no certificate. Name a PEM file with the certificate of an authority.");
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
            {
                reader.Add(file, $"'{path}' cannot be read: {e.Message} Name a PEM file with the certificate of an authority.");
            }

            return null;
        }

        return authorities;
    }
}
