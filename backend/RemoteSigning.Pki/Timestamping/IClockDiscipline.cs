namespace RemoteSigning.Pki.Timestamping;

/// <summary>What is known of how good the system's clock is.</summary>
internal interface IClockDiscipline
{
    /// <summary>How far the clock may be from UTC at most; null when nobody disciplines it.</summary>
    TimeSpan? MaximumError();
}
