using System.ComponentModel.DataAnnotations;

namespace RemoteSigning.Authorization.Options;

/// <summary>For whom devices answer: for activation only, nobody signs in there. Without an RP ID no device is registered.</summary>
internal sealed class DeviceOptions
{
    /// <summary>A host's name.</summary>
    public string RpId { get; set; } = "";

    /// <summary>The exact origins that may ask devices: https, on that host or below it.</summary>
    [MaxLength(4)]
    public List<string> Origins { get; set; } = [];

    /// <summary>How long a registration waits for its devices.</summary>
    [Range(60, 3600)]
    public int RegistrationSeconds { get; set; } = 900;
}
