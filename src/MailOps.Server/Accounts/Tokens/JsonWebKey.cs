using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace MailOps.Server.Accounts.Tokens;

/// <summary>
/// One public key of a JWKS (RFC 7517), with the algorithms that it can check (RFC 7518 section 3.1). What kind of key it is
/// decides, never the token: a key that signs cannot be taken for a secret that both sides share, and no key checks <c>none</c>.
/// </summary>
internal sealed class JsonWebKey : IDisposable
{
    /// <summary>RFC 7518 section 3.3.</summary>
    private const int MinRsaBits = 2048;

    private readonly RSA? _rsa;
    private readonly ECDsa? _ec;

    private JsonWebKey(string? id, string? algorithm, RSA? rsa, ECDsa? ec) => (Id, Algorithm, _rsa, _ec) = (id, algorithm, rsa, ec);

    /// <summary>Its <c>kid</c>, or null.</summary>
    public string? Id { get; }

    /// <summary>The one algorithm that it is for, or null if its kind decides.</summary>
    public string? Algorithm { get; }

    /// <summary>Reads a key.</summary>
    /// <param name="json">An element of <c>keys</c>.</param>
    /// <param name="problem">Why it is of no use here, or null.</param>
    public static JsonWebKey? TryRead(JsonElement json, out string? problem)
    {
        problem = null;
        if (json.ValueKind is not JsonValueKind.Object)
        {
            problem = "is no JSON object";
            return null;
        }

        if (Text(json, "use") is { } use && use != "sig")
        {
            problem = $"is for '{use}', not for signatures";
            return null;
        }

        try
        {
            var (id, algorithm) = (Text(json, "kid"), Text(json, "alg"));
            switch (Text(json, "kty"))
            {
                case "RSA":
                    var rsa = RSA.Create(new RSAParameters { Modulus = Octets(json, "n"), Exponent = Octets(json, "e") });
                    if (rsa.KeySize >= MinRsaBits)
                        return new JsonWebKey(id, algorithm, rsa, null);
                    problem = $"has {rsa.KeySize} bits, fewer than the {MinRsaBits} of RFC 7518 section 3.3";
                    rsa.Dispose();
                    return null;

                case "EC" when CurveOf(Text(json, "crv")) is { } curve:
                    return new JsonWebKey(id, algorithm, null, ECDsa.Create(new ECParameters { Curve = curve, Q = new ECPoint { X = Octets(json, "x"), Y = Octets(json, "y") } }));

                case var kind:
                    problem = $"is of the kind '{kind}{(kind == "EC" ? " " + Text(json, "crv") : "")}', which is not used here: RSA, and EC with P-256, P-384 or P-521, are";
                    return null;
            }
        }
        catch (Exception e) when (e is CryptographicException or FormatException or ArgumentException)
        {
            problem = $"cannot be understood: {e.Message}";
            return null;
        }
    }

    /// <summary>Whether the key checks this algorithm.</summary>
    public bool Fits(string algorithm) =>
        (Algorithm is null || Algorithm == algorithm)
        && algorithm switch
        {
            "RS256" or "RS384" or "RS512" or "PS256" or "PS384" or "PS512" => _rsa is not null,
            "ES256" => _ec?.KeySize == 256,
            "ES384" => _ec?.KeySize == 384,
            "ES512" => _ec?.KeySize == 521,
            _ => false,
        };

    /// <summary>Whether a signature is this key's. The algorithm <see cref="Fits"/>.</summary>
    public bool Verify(string algorithm, byte[] signed, byte[] signature)
    {
        var hash = algorithm[2..] switch
        {
            "256" => HashAlgorithmName.SHA256,
            "384" => HashAlgorithmName.SHA384,
            _ => HashAlgorithmName.SHA512,
        };
        try
        {
            // One key is asked by many sessions: each look has the key to itself.
            lock (this)
            {
                return _rsa is not null
                    ? _rsa.VerifyData(signed, signature, hash, algorithm[0] == 'P' ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1)
                    : _ec!.VerifyData(signed, signature, hash, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
            }
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    public void Dispose()
    {
        _rsa?.Dispose();
        _ec?.Dispose();
    }

    private static ECCurve? CurveOf(string? name) => name switch
    {
        "P-256" => ECCurve.NamedCurves.nistP256,
        "P-384" => ECCurve.NamedCurves.nistP384,
        "P-521" => ECCurve.NamedCurves.nistP521,
        _ => null,
    };

    private static string? Text(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String ? value.GetString() : null;

    private static byte[] Octets(JsonElement json, string name) =>
        Base64Url.TryDecode(Encoding.UTF8.GetBytes(Text(json, name) ?? ""), out var octets) && octets.Length > 0
            ? octets
            : throw new FormatException($"'{name}' is missing or not base64url.");
}
