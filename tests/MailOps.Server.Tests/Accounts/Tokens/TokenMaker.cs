using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace MailOps.Server.Tests.Accounts.Tokens;

/// <summary>An issuer of a test: its keys, its JWKS, and the tokens it signs.</summary>
internal sealed class TokenMaker : IDisposable
{
    public const string Issuer = "https://login.example.com";
    public const string Audience = "mail";

    public RSA Rsa { get; } = RSA.Create(2048);

    public ECDsa P256 { get; } = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public ECDsa P384 { get; } = ECDsa.Create(ECCurve.NamedCurves.nistP384);

    public ECDsa P521 { get; } = ECDsa.Create(ECCurve.NamedCurves.nistP521);

    /// <summary>All public keys.</summary>
    public JsonObject Jwks() => new()
    {
        ["keys"] = new JsonArray(RsaKey("rsa", Rsa), EcKey("p256", P256, "P-256"), EcKey("p384", P384, "P-384"), EcKey("p521", P521, "P-521")),
    };

    public static JsonObject RsaKey(string id, RSA key)
    {
        var parameters = key.ExportParameters(includePrivateParameters: false);
        return new JsonObject { ["kty"] = "RSA", ["kid"] = id, ["use"] = "sig", ["n"] = Encode(parameters.Modulus!), ["e"] = Encode(parameters.Exponent!) };
    }

    public static JsonObject EcKey(string id, ECDsa key, string curve)
    {
        var point = key.ExportParameters(includePrivateParameters: false).Q;
        return new JsonObject { ["kty"] = "EC", ["kid"] = id, ["crv"] = curve, ["x"] = Encode(point.X!), ["y"] = Encode(point.Y!) };
    }

    /// <summary>Claims that are right, for an hour.</summary>
    public static JsonObject Claims(DateTimeOffset now, string email = "joe@example.com") => new()
    {
        ["iss"] = Issuer,
        ["aud"] = Audience,
        ["exp"] = now.AddHours(1).ToUnixTimeSeconds(),
        ["email"] = email,
    };

    /// <summary>A token.</summary>
    /// <param name="algorithm">The algorithm that signs.</param>
    /// <param name="claims">The claims, as JSON.</param>
    /// <param name="header">The header, as JSON; the usual one of the algorithm where it is null.</param>
    public string Sign(string algorithm, string claims, string? header = null)
    {
        header ??= new JsonObject { ["alg"] = algorithm, ["typ"] = "JWT", ["kid"] = KeyOf(algorithm) }.ToJsonString();
        var signed = $"{Encode(Encoding.UTF8.GetBytes(header))}.{Encode(Encoding.UTF8.GetBytes(claims))}";
        return $"{signed}.{Encode(Signature(algorithm, Encoding.ASCII.GetBytes(signed)))}";
    }

    public static string Encode(byte[] octets) => Base64Url.EncodeToString(octets);

    public void Dispose()
    {
        Rsa.Dispose();
        P256.Dispose();
        P384.Dispose();
        P521.Dispose();
    }

    private static string KeyOf(string algorithm) => algorithm switch
    {
        "ES256" => "p256",
        "ES384" => "p384",
        "ES512" => "p521",
        _ => "rsa",
    };

    private byte[] Signature(string algorithm, byte[] signed)
    {
        var hash = algorithm[2..] switch { "256" => HashAlgorithmName.SHA256, "384" => HashAlgorithmName.SHA384, _ => HashAlgorithmName.SHA512 };
        return algorithm[..2] switch
        {
            "RS" => Rsa.SignData(signed, hash, RSASignaturePadding.Pkcs1),
            "PS" => Rsa.SignData(signed, hash, RSASignaturePadding.Pss),
            "ES" => (algorithm switch { "ES256" => P256, "ES384" => P384, _ => P521 }).SignData(signed, hash, DSASignatureFormat.IeeeP1363FixedFieldConcatenation),
            // Algorithm confusion: the public key, which everybody has, taken for a secret.
            "HS" => HMACSHA256.HashData(Encoding.ASCII.GetBytes(Rsa.ExportSubjectPublicKeyInfoPem()), signed),
            _ => [],
        };
    }
}
