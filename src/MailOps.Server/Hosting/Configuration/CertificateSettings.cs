using System.Security.Cryptography;
using MailOps.Server.Connections;

namespace MailOps.Server.Hosting.Configuration;

/// <summary>The setting <c>Certificate</c>: a path, or a table with a path and where the password of its key is.</summary>
internal static class CertificateSettings
{
    internal const string Name = "Certificate";

    private static readonly string[] Keys = ["Path", "PasswordFile"];

    internal static Func<MailServerOptions, MailServerOptions>? Read(Setting setting, SettingReader reader)
    {
        var table = setting.Members is null ? null : SettingTable.Open(setting, Keys, "Certificate = @{ Path = 'mail.pem' }", reader);
        var at = table is null ? setting : table["Path"];
        if (at is null)
        {
            reader.Add(setting, "Certificate has no Path. Name a PEM file with the certificate and its key, or a PFX file.");
            return null;
        }

        if (reader.PathOf(at) is not { } path)
            return null;
        string? password = null;
        if (table?["PasswordFile"] is { } file && !TryReadPassword(file, reader, out password))
            return null;
        try
        {
            var (certificate, intermediates) = CertificateStore.Load(path, password);
            return options => options with { Certificate = certificate, Intermediates = intermediates };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            reader.Add(at, $"The certificate '{path}' cannot be used: {e.Message} Name a PEM file with certificate and private key, or a PFX file, and with PasswordFile a file that has its password if there is one.");
            return null;
        }
    }

    private static bool TryReadPassword(Setting setting, SettingReader reader, out string? password)
    {
        password = null;
        if (reader.PathOf(setting) is not { } path)
            return false;
        try
        {
            password = File.ReadAllText(path).TrimEnd('\r', '\n');
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            reader.Add(setting, $"The password cannot be read: {e.Message}");
            return false;
        }
    }
}
