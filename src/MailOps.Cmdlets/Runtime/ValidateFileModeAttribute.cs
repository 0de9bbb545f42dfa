using System.Management.Automation;

namespace MailOps.Cmdlets.Runtime;

/// <summary>The rights of a file, in octal.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class ValidateFileModeAttribute : ValidateArgumentsAttribute
{
    /// <inheritdoc/>
    protected override void Validate(object arguments, EngineIntrinsics engineIntrinsics)
    {
        var text = LanguagePrimitives.ConvertTo<string>(arguments);
        if (text.Length is not (3 or 4) || (text.Length == 4 && text[0] != '0') || text.Any(digit => digit is < '0' or > '7'))
            throw new ValidationMetadataException($"'{text}' are no rights of a file. Write them in octal, such as 0660.");
    }
}
