using System.Management.Automation;
using System.Text;

namespace MailOps.Cmdlets.Runtime;

/// <summary>Takes an encoding by its name, or its number as code page.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class EncodingByNameAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        var value = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        if (value is null or Encoding)
            return value;
        Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);
        var name = LanguagePrimitives.ConvertTo<string>(value);
        try
        {
            return name.ToUpperInvariant() switch
            {
                // As PowerShell's own cmdlets call them.
                "UTF8" or "UTF8NOBOM" or "UTF8BOM" or "DEFAULT" => Encoding.UTF8,
                "LATIN1" => Encoding.Latin1,
                _ when value is int page => Encoding.GetEncoding(page),
                "ASCII" => Encoding.ASCII,
                _ => Encoding.GetEncoding(name),
            };
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            throw new ArgumentTransformationMetadataException($"'{name}' is no encoding. Write utf-8, iso-8859-1, windows-1252, koi8-r, shift_jis or another by its name.", e);
        }
    }
}
