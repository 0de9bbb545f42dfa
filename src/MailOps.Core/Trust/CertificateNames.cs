using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MailOps.Trust;

/// <summary>The names in a server's certificate, compared as RFC 6125 and RFC 9525 say: a wildcard is the whole left-most label.</summary>
internal static class CertificateNames
{
    /// <summary>The first of some names that the certificate is for, or null.</summary>
    /// <param name="certificate">The certificate.</param>
    /// <param name="names">The names, with A-labels.</param>
    /// <param name="allowCommonName">Whether the subject's common name counts where there is no subject alternative name.</param>
    public static string? Match(X509Certificate2 certificate, IEnumerable<string> names, bool allowCommonName)
    {
        return names.FirstOrDefault(name => Matches(certificate, name, allowCommonName));
    }

    private static bool Matches(X509Certificate2 certificate, string name, bool allowCommonName)
    {
        try
        {
            return certificate.MatchesHostname(name, allowWildcards: true, allowCommonName);
        }
        catch (CryptographicException)
        {
            // Its subject alternative names cannot be read.
            return false;
        }
        catch (ArgumentException)
        {
            // The name is none of a host, though DNS has it: the target of a CNAME may have any octets.
            return false;
        }
    }

    /// <summary>The names as a reason tells them, five at the most.</summary>
    public static string Of(X509Certificate2 certificate)
    {
        try
        {
            var names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().SelectMany(e => e.EnumerateDnsNames()).Take(5).ToArray();
            return names.Length > 0 ? string.Join(", ", names) : $"'{certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false)}' (common name)";
        }
        catch (CryptographicException)
        {
            return "names that cannot be read";
        }
    }
}
