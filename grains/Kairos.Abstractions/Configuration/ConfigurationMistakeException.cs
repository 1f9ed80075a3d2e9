namespace Kairos;

/// <summary>The configuration is wrong: the start stops, and <see cref="Exception.Message"/> is all that the user need see, a sentence a line.</summary>
public sealed class ConfigurationMistakeException : Exception
{
    /// <summary>For serializers and tools; prefer the one with a message.</summary>
    public ConfigurationMistakeException()
    {
    }

    /// <summary>One sentence, or several on lines of their own.</summary>
    public ConfigurationMistakeException(string message)
        : base(message)
    {
    }

    /// <summary>With the cause.</summary>
    public ConfigurationMistakeException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
